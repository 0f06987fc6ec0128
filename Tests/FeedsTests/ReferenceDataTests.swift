import Feeds
import Foundation
import Testing
import Vaccination

@Suite struct ReferenceDataTests {
    private func suppliers(_ json: String) throws -> Suppliers { try Suppliers(json: Data(json.utf8)) }

    @Test func whatIsExportedIsReadBackTheSame() throws {
        let suppliers = Suppliers.builtIn
        #expect(try Suppliers(json: Data(suppliers.json)) == suppliers)
        #expect(try VaccineTypes(json: VaccineTypes.builtIn.json).all == VaccineTypes.builtIn.all)
    }

    @Test func theBuiltInTablesAreValid() throws {
        try ReferenceData.builtIn.validate()
    }

    @Test func fewerVaccineTypesTakeTheirPermissionsWithThem() throws {
        let flu = try #require(VaccineTypes.builtIn["FLU"])
        let data = ReferenceData(vaccineTypes: try VaccineTypes([flu]), suppliers: nil)
        try data.validate()
        #expect(data.suppliers.supplier(named: "EMIS")?.permissions.keys.sorted() == ["FLU"])
    }

    @Test func everyFaultIsSaidAtOnce() throws {
        let types = try VaccineTypes([
            VaccineType(code: "F_LU", targetDiseases: [Disease(code: "1", display: "one")])
        ])
        let data = ReferenceData(
            vaccineTypes: types,
            suppliers: try suppliers(#"[{"supplier":"A","permissions":["FLU.C","MMR.C"]}]"#)
        )
        let error = #expect(throws: ReferenceError.self) { try data.validate() }
        #expect(error?.faults.count == 3)
    }

    @Test(arguments: [
        #"[{"supplier":"A","permission":["FLU.C"]}]"#, #"[{"permissions":[]}]"#, #"[{"supplier":"a b"}]"#,
        #"[{"supplier":"A"},{"supplier":"A"}]"#, #"[{"supplier":1}]"#,
    ])
    func aListThatCannotBeMeantIsRefused(_ json: String) {
        #expect(throws: SuppliersError.self) { try suppliers(json) }
    }

    @Test func theDifferenceNamesEveryChangeOnce() throws {
        let old = ReferenceData(
            vaccineTypes: .builtIn,
            suppliers: try suppliers(
                #"[{"supplier":"A","permissions":["FLU.CU"],"ods_codes":["A1"]},{"supplier":"B","ods_codes":["B1"]}]"#
            )
        )
        var new = old
        new.suppliers = try suppliers(
            #"""
            [{"supplier":"A","permissions":["FLU.CUD","MMR.C"],"ods_codes":["A2"],"do_not_echo_to":["nis"]},
             {"supplier":"C","permissions":["FLU.C"],"ods_codes":["B1"]}]
            """#
        )
        let difference = ReferenceDifference(from: old, to: new)
        #expect(
            difference.lines == [
                "- supplier B", "~ supplier A: permission FLU.CU is now FLU.CUD",
                "~ supplier A: permission MMR.C added", "~ supplier A: ODS code A2 added",
                "~ supplier A: ODS code A1 taken away", "~ supplier A: rows are no longer echoed to nis",
                "+ supplier C: ODS codes B1, permissions FLU.C",
            ]
        )
        #expect(difference.removedSuppliers == ["B"])
        #expect(ReferenceDifference(from: new, to: new).isEmpty)
    }
}
