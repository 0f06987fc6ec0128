import FHIR
import Foundation
import Testing
import Vaccination

@Suite struct ImmunizationWriterTests {
    @Test(arguments: Fixture.names(in: "from-csv"))
    func writesTheResourceTheNationalServiceMakes(name: String) throws {
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        writer.write(try Fixture.record(name), into: &bytes)
        let differences = try JSONValue(parsing: bytes).differences(from: Fixture.json("from-csv/\(name).json"))
        #expect(differences == [])
    }

    @Test func hasGoldenFiles() {
        #expect(Fixture.names(in: "from-csv").count == 34)
    }

    @Test func putsIdAndVersionDirectlyAfterTheType() throws {
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        let id = RecordID(try #require(UUID(uuidString: "0B0F5E52-6F0D-8B37-9A63-0E5BB3F5C2A1")))
        let record = SampleRow.record(SampleRow.full)
        writer.write(record, id: id, version: 12, lastUpdated: "2026-10-09T09:01:06.918Z", into: &bytes)
        let start =
            #"{"resourceType":"Immunization","id":"0b0f5e52-6f0d-8b37-9a63-0e5bb3f5c2a1","#
            + #""meta":{"versionId":"12","lastUpdated":"2026-10-09T09:01:06.918Z"},"contained":["#
        #expect(String(decoding: bytes.prefix(start.utf8.count), as: UTF8.self) == start)

        var stored = try #require(JSONValue(parsing: bytes).object)
        stored["id"] = nil
        stored["meta"] = nil
        #expect(try JSONValue.object(stored) == SampleRow.immunization(SampleRow.full))
    }

    @Test func appendsRecordsOfDifferentTypes() throws {
        var writer = ImmunizationWriter()
        for type in ["FLU", "MMR", "MMR", "FLU"] {
            var bytes: [UInt8] = []
            writer.write(SampleRow.record(SampleRow.full, type: type), into: &bytes)
            let diseases = try JSONValue(parsing: bytes)["protocolApplied"]?[0]?["targetDisease"]?.array ?? []
            let codes = diseases.compactMap { $0["coding"]?[0]?["code"]?.string }
            #expect(VaccineTypes.builtIn.type(diseaseCodes: codes)?.code == type)
        }
    }

    @Test(arguments: [
        ("1", "male"), ("2", "female"), ("9", "other"), ("0", "unknown"), ("male", "male"), ("unknown", "unknown"),
    ])
    func takesGenderAsCodeOrWord(field: String, gender: String) throws {
        let resource = try SampleRow.immunization(SampleRow.row([.personGenderCode: field]))
        #expect(resource["contained"]?[0]?["gender"]?.string == gender)
    }

    @Test(arguments: [
        ("20250114T09153000", "2025-01-14T09:15:30+00:00"), ("20250714T09153001", "2025-07-14T09:15:30+01:00"),
        ("20250114T091530", "2025-01-14T09:15:30+00:00"), ("2025-01-14T09:15:30+00:00", "2025-01-14T09:15:30+00:00"),
        ("2025-07-14T09:15:30.050+01:00", "2025-07-14T09:15:30.050+01:00"), ("2025-01-14", "2025-01-14"),
    ])
    func keepsTheTimeAsGiven(field: String, text: String) throws {
        let resource = try SampleRow.immunization(SampleRow.row([.dateAndTime: field]))
        #expect(resource["occurrenceDateTime"]?.string == text)
    }

    @Test func takesDatesInBothForms() throws {
        let row = SampleRow.row([.personDOB: "1954-03-09", .recordedDate: "2025-01-14", .expiryDate: "20240229"])
        let resource = try SampleRow.immunization(row)
        #expect(resource["contained"]?[0]?["birthDate"] == "1954-03-09")
        #expect(resource["recorded"] == "2025-01-14")
        #expect(resource["expirationDate"] == "2024-02-29")
    }

    @Test(arguments: [("TRUE", true), ("false", false), ("TrUe", true), ("False", false)])
    func takesPrimarySourceInAnyCase(field: String, value: Bool) throws {
        #expect(try SampleRow.immunization(SampleRow.row([.primarySource: field]))["primarySource"]?.bool == value)
    }

    @Test(arguments: [("1", "1"), ("09", "9")])
    func writesTheDoseNumberAsAnInteger(field: String, number: String) throws {
        let protocolApplied = try SampleRow.immunization(SampleRow.row([.doseSequence: field]))["protocolApplied"]?[0]
        #expect(protocolApplied?["doseNumberPositiveInt"]?.number == number)
        #expect(protocolApplied?["doseNumberString"] == nil)
    }

    @Test func leavesOutWhatNoColumnFills() throws {
        let flat = SampleRow.row([
            .performingProfessionalForename: "", .performingProfessionalSurname: "", .doseAmount: "", .doseUnitCode: "",
            .doseUnitTerm: "", .indicationCode: "", .vaccineManufacturer: "", .siteOfVaccinationCode: "",
            .siteOfVaccinationTerm: "", .nhsNumber: "", .batchNumber: "", .expiryDate: "", .routeOfVaccinationCode: "",
        ])
        let resource = try SampleRow.immunization(flat)
        for name in ["doseQuantity", "reasonCode", "manufacturer", "site", "lotNumber", "expirationDate"] {
            #expect(resource[name] == nil)
        }
        #expect(resource["contained"]?.array?.count == 1)
        #expect(resource["contained"]?[0]?["identifier"] == nil)
        #expect(resource["performer"]?.array?.count == 1)
        #expect(resource["route"]?["coding"] == [["system": .string(FHIRSystem.snomed), "display": "Intramuscular"]])
    }

    @Test func writesADoseUnitWithoutACodeWithoutASystem() throws {
        let resource = try SampleRow.immunization(SampleRow.row([.doseUnitCode: "", .doseAmount: "0.30"]))
        #expect(resource["doseQuantity"] == ["value": .number("0.30"), "unit": "Milliliter (qualifier value)"])
    }

    @Test func escapesText() throws {
        let name = "An \"Annie\" \\ \n\u{1}é"
        let resource = try SampleRow.immunization(SampleRow.row([.personForename: name]))
        #expect(resource["contained"]?[0]?["name"]?[0]?["given"] == [.string(name)])
    }

    @Test func carriesWhatCannotBeConvertedAsItIs() throws {
        let row = SampleRow.row([
            .personDOB: "1954", .dateAndTime: "then", .primarySource: "perhaps", .doseSequence: "1.0",
            .doseAmount: "half", .personGenderCode: "M",
        ])
        let resource = try SampleRow.immunization(row)
        #expect(resource["contained"]?[0]?["birthDate"] == "1954")
        #expect(resource["contained"]?[0]?["gender"] == "M")
        #expect(resource["occurrenceDateTime"] == "then")
        #expect(resource["primarySource"] == "perhaps")
        #expect(resource["protocolApplied"]?[0]?["doseNumberPositiveInt"] == "1.0")
        #expect(resource["doseQuantity"]?["value"] == "half")
    }
}
