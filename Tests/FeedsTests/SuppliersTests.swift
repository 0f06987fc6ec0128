import Feeds
import Foundation
import Testing
import Vaccination

@Suite struct SuppliersTests {
    private let flu = SampleRow.flu
    private let hpv = VaccineType(code: "HPV", targetDiseases: [])

    @Test func theBuiltInTableHoldsAllOfThePublishedExample() throws {
        struct Entry: Decodable {
            let supplier: String
            let permissions: [String]?
            let ods_codes: [String]
        }
        let json = try Fixture.data("supplier-permissions.example.json")
        let published = try Suppliers(json: json)
        for entry in try JSONDecoder().decode([Entry].self, from: json) {
            for text in entry.ods_codes {
                let code = try #require(ODSCode(text))
                let builtIn = try #require(Suppliers.builtIn.supplier(of: code))
                let read = try #require(published.supplier(of: code))
                #expect(builtIn.name == entry.supplier)
                #expect(read.name == entry.supplier)
                #expect(read.permissions.count == entry.permissions?.count ?? 0)
                for (type, permissions) in read.permissions {
                    #expect(builtIn.permissions[type]?.isSuperset(of: permissions) == true)
                }
            }
        }
    }

    @Test func anEntryIsNeededAndOneThatLetsRowsIn() throws {
        let supplier = Supplier(name: "S", permissions: ["FLU": [.read, .search], "MMR": [.delete]])
        #expect(throws: FeedFileError.noPermissions(supplier: "S", vaccineType: "HPV")) {
            try supplier.permissionsToSend(hpv)
        }
        #expect(throws: FeedFileError.noActionPermitted(supplier: "S")) { try supplier.permissionsToSend(flu) }
        #expect(try supplier.permissionsToSend(VaccineType(code: "MMR", targetDiseases: [])) == .delete)
        #expect(FeedFileError.noActionPermitted(supplier: "S").status == .unauthorised)
        #expect(
            FeedFileError.noPermissions(supplier: "S", vaccineType: "HPV").text
                == "Initial file validation failed: S does not have permissions for HPV"
        )
        #expect(supplier.mayRead(flu) && supplier.maySearch(flu) && !supplier.mayRead(hpv))
        #expect(supplier.queueName(for: flu) == "S_FLU")
    }

    @Test func eachActionNeedsItsLetter() {
        for (letters, allowed) in [("C", [ActionFlag.new]), ("U", [.update]), ("D", [.delete]), ("RS", [])] {
            let permissions = FeedPermissions(letters: letters)
            #expect(ActionFlag.allCases.filter { permissions?.allows($0) == true } == allowed)
        }
    }

    @Test func severalEntriesForATypeAddUp() throws {
        let json = #"[{"supplier":"A","permissions":["FLU.C","FLU.DC"],"ods_codes":["A1"]},{"supplier":"B"}]"#
        let suppliers = try Suppliers(json: Data(json.utf8))
        let supplier = try #require(suppliers.supplier(of: ODSCode("A1")!))
        #expect(supplier.permissions(for: flu) == [.create, .delete])
    }

    @Test(arguments: [
        (#"{}"#, nil),
        (#"[{"supplier":"A","permissions":["FLU"]}]"#, SuppliersError.invalidPermission("FLU", supplier: "A")),
        (#"[{"supplier":"A","permissions":["FLU.CX"]}]"#, .invalidPermission("FLU.CX", supplier: "A")),
        (#"[{"supplier":"A","permissions":[".C"]}]"#, .invalidPermission(".C", supplier: "A")),
        (#"[{"supplier":"A","ods_codes":["A 1"]}]"#, .invalidODSCode("A 1", supplier: "A")),
        (#"[{"supplier":"A","ods_codes":["A1"]},{"supplier":"B","ods_codes":["a1"]}]"#, .sharedODSCode("A1")),
    ])
    func aBadConfigurationIsRefusedWithItsPlace(json: String, error: SuppliersError?) {
        if let error {
            #expect(throws: error) { try Suppliers(json: Data(json.utf8)) }
        } else {
            #expect(throws: SuppliersError.self) { try Suppliers(json: Data(json.utf8)) }
        }
    }
}
