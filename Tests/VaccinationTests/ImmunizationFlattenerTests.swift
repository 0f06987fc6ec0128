import FHIR
import Testing
import Vaccination

@Suite struct ImmunizationFlattenerTests {
    @Test(arguments: Fixture.names(in: "flattened"))
    func flattensAsTheNationalServiceDoes(name: String) throws {
        let isSample = name.hasPrefix("samples.")
        let resource = try Fixture.json(isSample ? "samples/\(name.dropFirst(8)).json" : "from-csv/\(name).json")
        let expected = try Fixture.json("flattened/\(name).json")
        let action = try #require(ActionFlag(rawValue: expected["ACTION_FLAG"]?.string ?? ""))
        let flattened = ImmunizationFlattener.flatten(resource, action: action)
        for column in FeedColumn.allCases {
            let field = expected[column.header]
            #expect(flattened.flat[column] == field?.string ?? field?.number, "\(column.header)")
        }
        #expect(expected["CONVERSION_ERRORS"] == .array([]))
        #expect(flattened.errors.isEmpty)
    }

    @Test func hasGoldenFiles() {
        #expect(Fixture.names(in: "flattened").count == 23)
    }

    @Test func readsNothingOutOfNothing() {
        let flattened = ImmunizationFlattener.flatten([:], action: .delete)
        let filled = FeedColumn.allCases.filter { !flattened.flat.isEmpty($0) }
        #expect(filled == [.actionFlag, .locationCode, .locationCodeTypeURI])
        // Names and the postcode depend on the time of the vaccination, which is missing.
        let failed: [FeedColumn] = [
            .personForename, .personSurname, .personPostcode, .performingProfessionalForename,
            .performingProfessionalSurname,
        ]
        #expect(flattened.errors.map(\.column) == failed)
        #expect(flattened.errors.allSatisfy { $0.code == .extractionFailed })
    }

    @Test func survivesAnyKindOfValueInAnyElement() throws {
        let resource = try SampleRow.immunization(SampleRow.full)
        let members = try #require(resource.object?.members)
        for member in members {
            for value in [.null, true, 1, "x", [], ["x"], [[:]], [:], ["coding": 1]] as [JSONValue] {
                var changed = try #require(resource.object)
                changed[member.name] = value
                let flattened = ImmunizationFlattener.flatten(.object(changed), action: .new)
                for error in flattened.errors { #expect(flattened.flat.isEmpty(error.column)) }
            }
        }
    }

    @Test func listsWhatItCannotConvert() throws {
        var resource = try #require(SampleRow.immunization(SampleRow.full).object)
        resource["occurrenceDateTime"] = "2025-01-14T09:15:30+02:00"
        resource["expirationDate"] = "2025-06"
        resource["lotNumber"] = 7
        let flattened = ImmunizationFlattener.flatten(.object(resource), action: .update)
        let time = ConversionError(
            code: .notConvertible,
            column: .dateAndTime,
            value: "2025-01-14T09:15:30+02:00",
            message: "Unsupported Format or offset"
        )
        #expect(flattened.errors.first == time)
        #expect(flattened.errors.map(\.column) == [.dateAndTime, .batchNumber, .expiryDate])
        #expect(flattened.errors.map(\.code.rawValue) == [5, 10, 5])
        #expect(flattened.flat[.dateAndTime].isEmpty)
        #expect(flattened.flat[.personSurname] == "ROWAN")
        #expect(flattened.flat[.actionFlag] == "UPDATE")
    }

    @Test func keepsValuesOutOfWhatIsLogged() throws {
        var resource = try #require(SampleRow.immunization(SampleRow.full).object)
        resource["expirationDate"] = "1954-03"
        let error = ImmunizationFlattener.flatten(.object(resource), action: .new).errors.first
        #expect(error?.value == "1954-03")
        #expect(error?.description == "EXPIRY_DATE: not a full date (5)")
    }

    @Test(arguments: [
        ("2025-01-14", "20250114T00000000"), ("2025-01-14T09:15:30", "20250114T09153000"),
        ("2025-01-14T09:15:30Z", "20250114T09153000"), ("2025-07-14T09:15:30.987+01:00", "20250714T09153001"),
    ])
    func writesTheTimeAsTheFeedHasIt(text: String, field: String) throws {
        var resource = try #require(SampleRow.immunization(SampleRow.full).object)
        resource["occurrenceDateTime"] = .string(text)
        #expect(ImmunizationFlattener.flatten(.object(resource), action: .new).flat[.dateAndTime] == field)
    }
}
