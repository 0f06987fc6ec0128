import FHIR
import Testing
import Vaccination

/// Row → Immunization → row (immunization-mapping.md §6).
@Suite struct RoundTripTests {
    @Test func givesTheSameRowBackButForItsForm() throws {
        var random = SeededGenerator(state: 20_250_114)
        for _ in 0..<2000 {
            let (row, expected) = Self.randomRow(using: &random)
            let flattened = ImmunizationFlattener.flatten(try SampleRow.immunization(row), action: .new)
            #expect(flattened.errors.isEmpty)
            #expect(flattened.flat == expected)
            // A row Herald wrote itself comes back as it is.
            let again = ImmunizationFlattener.flatten(try SampleRow.immunization(flattened.flat), action: .new)
            #expect(again.flat == flattened.flat)
        }
    }

    /// A row that passes the checks, and what it must come back as.
    private static func randomRow(using random: inout SeededGenerator) -> (row: FlatRecord, expected: FlatRecord) {
        let optional: [FeedColumn] = [
            .nhsNumber, .performingProfessionalForename, .performingProfessionalSurname, .vaccinationProcedureTerm,
            .vaccineProductCode, .vaccineProductTerm, .vaccineManufacturer, .batchNumber, .siteOfVaccinationCode,
            .siteOfVaccinationTerm, .routeOfVaccinationCode, .routeOfVaccinationTerm, .doseUnitCode, .doseUnitTerm,
            .indicationCode,
        ]
        let texts: [FeedColumn] = [
            .personForename, .personSurname, .personPostcode, .uniqueID, .batchNumber, .vaccineManufacturer,
            .vaccinationProcedureTerm, .performingProfessionalSurname,
        ]
        // What was sent on the left, what comes back on the right.
        let forms: [(FeedColumn, [(String, String)])] = [
            (.personGenderCode, [("1", "1"), ("0", "0"), ("female", "2"), ("other", "9"), ("unknown", "0")]),
            (.personDOB, [("20000229", "20000229"), ("1954-03-09", "19540309")]),
            (.recordedDate, [("20250114", "20250114"), ("2025-01-14", "20250114")]),
            (.expiryDate, [("20250630", "20250630"), ("2030-12-31", "20301231"), ("", "")]),
            (.primarySource, [("TRUE", "TRUE"), ("false", "FALSE"), ("True", "TRUE")]),
            (.doseSequence, [("1", "1"), ("09", "9"), ("", "")]),
            (.doseAmount, [("0.5", "0.5"), ("+0.30", "0.30"), (".5", "0.5"), ("007", "7"), ("-1", "-1"), ("", "")]),
            (.actionFlag, [("new", "NEW"), ("NEW", "NEW")]),
            (
                .dateAndTime,
                [
                    ("20250114T09153000", "20250114T09153000"), ("20250714T09153001", "20250714T09153001"),
                    ("20250114T091530", "20250114T09153000"), ("2025-07-14T09:15:30.5+01:00", "20250714T09153001"),
                    ("2025-01-14", "20250114T00000000"),
                ]
            ),
        ]
        var row = SampleRow.full
        for column in texts { row[column] = randomText(using: &random) }
        for column in optional where Bool.random(using: &random) { row[column] = "" }
        var expected = row
        for (column, values) in forms {
            let value = values.randomElement(using: &random) ?? ("", "")
            row[column] = value.0
            expected[column] = value.1
        }
        return (row, expected)
    }

    private static func randomText(using random: inout SeededGenerator) -> String {
        let characters = Array("abc XYZ-'\"\\|,\n\té€😀\u{1}\u{301}")
        return "a"
            + String(
                (0..<Int.random(in: 0...30, using: &random)).compactMap { _ in
                    characters.randomElement(using: &random)
                }
            )
    }
}
