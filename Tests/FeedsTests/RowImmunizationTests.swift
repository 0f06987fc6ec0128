import HeraldTestKit
import FHIR
import Feeds
import Testing
import Vaccination

/// A row and the Immunization it makes keep the same rules, and come back as each other (immunization-mapping.md §3, §6).
@Suite struct RowImmunizationTests {
    private static let checker = RowChecker(vaccineType: SampleRow.flu, permissions: .all, now: SampleIntake.now)
    private static let validator = ImmunizationValidator(vaccineTypes: .builtIn, now: SampleIntake.now)

    /// Row → Immunization → row is the identity but for the forms §6 lists, over whole generated files.
    @Test(arguments: UInt64(0)..<60)
    func everyAcceptedRowComesBackFromItsImmunization(seed: UInt64) throws {
        var random = SplitMix(seed: 60_000 + seed)
        let rows = (0..<30).map { _ in GeneratedRow(using: &random) }
        let file = GeneratedFeed.bytes(rows.map(\.sent), using: &random)
        let read = readFeed(file, nextSize: { Int.random(in: 1...5_000, using: &random) })
        try #require(read.error == nil)
        try #require(read.records.map(\.flat) == rows.map(\.sent))
        var written: [FlatRecord] = []
        for (record, row) in zip(read.records, rows) {
            let resource = try #require(immunization(of: record), "a generated row was rejected")
            let flattened = ImmunizationFlattener.flatten(resource, action: .new)
            #expect(flattened.errors == [])
            #expect(flattened.flat == row.expected)
            written.append(flattened.flat)
            try expectPasses(resource, row: record.flat)
        }
        // What Herald writes, its own intake takes, and it comes back as it is.
        let again = readFeed(GeneratedFeed.bytes(written, using: &random))
        for (record, row) in zip(again.records, written) {
            let resource = try #require(immunization(of: record), "a row that Herald wrote was rejected")
            #expect(ImmunizationFlattener.flatten(resource, action: .new).flat == row)
        }
    }

    /// The Immunization of a row, as it is stored, if the row is accepted.
    private func immunization(of row: FeedRecord) -> JSONValue? {
        guard case .accepted(.record(let record, _), _) = Self.checker.check(row) else { return nil }
        return try? Self.immunization(of: record)
    }

    private static func immunization(of record: VaccinationRecord) throws -> JSONValue {
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        writer.write(record, into: &bytes)
        return try JSONValue(parsing: bytes)
    }

    private func expectPasses(_ resource: JSONValue, row: FlatRecord) throws {
        guard case .accepted(let record, _) = Self.validator.check(resource),
            case .accepted(.record(let made, _), _) = Self.checker.check(
                FeedRecord(rowNumber: 1, flat: row, fieldCount: 34, endPosition: .start)
            )
        else {
            Issue.record("the Immunization of an accepted row was rejected: \(Self.validator.check(resource))")
            return
        }
        #expect(record.id == made.id)
        #expect(record.nhsNumber == made.nhsNumber)
        #expect(record.occurrence == made.occurrence)
        #expect(record.vaccineType == made.vaccineType)
    }

    /// A row made wrong in up to six columns, and its Immunization, are found wrong alike.
    @Test(arguments: UInt64(0)..<200)
    func whatIsWrongWithARowIsWrongWithItsImmunization(seed: UInt64) throws {
        var random = SplitMix(seed: 70_000 + seed)
        for _ in 0..<40 {
            var flat = GeneratedRow(using: &random).sent
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let column = random.pick(FeedColumn.allCases)
                flat[column] = Self.wrongValue(column, flat[column], using: &random)
            }
            flat[.actionFlag] = "NEW"
            let row = FeedRecord(rowNumber: 1, flat: flat, fieldCount: 34, endPosition: .start)
            let found = faults(Self.checker.check(row))
            let resource = try Self.immunization(of: Self.record(flat))
            let expected = Self.expected(found)
            guard let expected else { continue }
            #expect(faults(Self.validator.check(resource)) == expected, "\(flat.fields)")
        }
    }

    /// What the validator must find for what the checker found; nil where the two are known to differ.
    private static func expected(_ found: Set<Fault>) -> Set<Fault>? {
        // Without an identifier a row has one finding of its own kind.
        if found.contains(where: { $0.kind == .uniqueIDMissing }) { return nil }
        // Nothing else is looked at without a patient; rows go on.
        return found.filter { $0.kind == .patientMissing }.isEmpty ? found : found.filter { $0.kind == .patientMissing }
    }

    private static func record(_ flat: FlatRecord) -> VaccinationRecord {
        VaccinationRecord(
            flat: flat,
            vaccineType: SampleRow.flu,
            id: RecordID(RecordIdentifier(system: flat[.uniqueIDURI], value: flat[.uniqueID])),
            nhsNumber: nil,
            occurrence: 0
        )
    }

    private static func wrongValue(_ column: FeedColumn, _ value: String, using random: inout SplitMix) -> String {
        let known: [String] =
            switch column {
            case .nhsNumber: ["9990548608", "999054860", "999 548609", "٩٩٩٠٥٤٨٦٠٩", "99905486090"]
            case .personForename: [String(repeating: "é", count: 181)]
            case .personSurname: [String(repeating: "é", count: 36)]
            case .personDOB, .expiryDate: ["20250230", "2025-2-3", "2025-02-30", "2025", "20991231", "0000-01-01"]
            case .recordedDate: ["20250230", "2025-2-3", "2026-01-02", "20260102", "2025"]
            case .dateAndTime:
                [
                    "20250114", "20250114T24000000", "20250114T09153002", "2025-01-14T09:15:30Z", "20260101T00000100",
                    "2025-01-14T09:15:30-00:00", "2025-01-14T09:15:30.1234567+00:00", "2025-01-14T09:15:60+00:00",
                    "09990101T00000000", "2026-01-01T00:00:01+00:00", "2025-01-14T09:15:30",
                ]
            case .personGenderCode: ["3", "Male", "12", "MALE", "11"]
            case .primarySource: ["1", "yes", "TRUE ", "T"]
            case .doseSequence: ["0", "10", "1.0", "+1", "-1", "001", "00", "010", "99999999999999999999", "٥"]
            case .doseAmount: ["1e3", "NaN", "0,5", "5.", ".", "-", "1234567890123456789", "0.5ml"]
            case .vaccinationProcedureCode, .vaccineProductCode: ["1", "822851000000103", "2622896019", "NAVU"]
            case .siteOfVaccinationCode, .routeOfVaccinationCode, .doseUnitCode, .indicationCode:
                [" x", "x ", "a  b", "a\tb", "a\u{A0}b"]
            default: []
            }
        let general = ["", "", " ", "\u{3000}\t", value + " ", " " + value, String(value.dropLast()), value + value]
        return random.pick(known.isEmpty || random.chance(40) ? general : known)
    }

    private struct Fault: Hashable {
        var kind: RowFindingKind
        var column: FeedColumn?
    }

    private func faults(_ result: RowCheckResult) -> Set<Fault> {
        switch result {
        case .accepted(_, let warnings): faults(warnings)
        case .rejected(let findings, _): faults(findings)
        }
    }

    private func faults(_ result: ImmunizationCheckResult) -> Set<Fault> {
        switch result {
        case .accepted(_, let warnings): faults(warnings)
        case .rejected(let findings): faults(findings)
        }
    }

    private func faults(_ findings: [RowFinding]) -> Set<Fault> {
        Set(findings.map { Fault(kind: $0.kind, column: $0.column) })
    }
}

extension FlatRecord {
    /// The fields as text, in column order.
    fileprivate var fields: [String] { FeedColumn.allCases.map { string($0) } }
}
