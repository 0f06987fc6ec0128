import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

/// Whole files, from upload to tables.
@Suite(.herald, .timeLimit(.minutes(1))) struct FeedFileTests {
    @Test func theSampleFilesComeOutAsTheirManifestSays() async throws {
        let samples = try SampleFiles()
        try await withIntake { intake in
            var limits = FeedLimits()
            limits.toleratesByteOrderMark = false
            for file in samples.files {
                let bytes = try samples.bytes(file.file)
                if file.fileStatus == FeedStatus.unauthorised.rawValue {
                    await #expect(throws: FeedRefused.self) { try await intake.receive(file.file, bytes) }
                    continue
                }
                // Each file by itself: several are about the same records.
                try await intake.pool.query("TRUNCATE immunization, immunization_version, outbox")
                let summary = try await intake.apply(file.file, bytes, batchSize: 3, limits: limits)
                #expect(summary.status.rawValue == file.fileStatus ?? "Processed", "\(file.file)")
                #expect(summary.counts.accepted == file.accepted, "\(file.file)")
                #expect(summary.counts.rejected == file.rejected, "\(file.file)")
                #expect(summary.totalRows == file.rows, "\(file.file)")
                let rejected = Set(file.rowOutcomes.filter { $0.outcome == "rejected" }.map(\.row))
                #expect(Set(try await intake.rejected(summary.id).keys) == rejected, "\(file.file)")
                try await expectRejections(of: file, summary.id, in: intake)
                try await expectRecords(of: file, summary.id, in: intake, samples)
            }
        }
    }

    /// Missing values that the national service hides behind format faults and Herald reports (csv-feed §5.1).
    private static let hidden = [
        "FLU_Vaccinations_v5_YGM41_20250116T08000000.csv 30": [
            SampleFiles.Diagnostic(column: "PERSON_DOB", kind: "MANDATORY")
        ]
    ]

    /// Every rejected row has the columns and kinds of the manifest, and the text, and its identifier.
    private func expectRejections(of file: SampleFiles.File, _ id: FeedID, in intake: Intake) async throws {
        let rows = try await intake.store.rejectedRows(of: id, after: 0, limit: 1000)
        for expected in file.rowOutcomes where expected.outcome == "rejected" {
            let place = "\(file.file) \(expected.row)"
            let row = try #require(rows.first { $0.rowNumber == expected.row }, "\(place)")
            let hidden = Self.hidden[place] ?? []
            let found = row.findings.map { SampleFiles.Diagnostic(column: $0.column ?? "", kind: $0.code) }
            #expect(Set(found) == Set((expected.diagnostics ?? []) + hidden), "\(place)")
            #expect("\(row.uniqueID ?? "")^\(row.uniqueIDURI ?? "")" == expected.localId, "\(place)")
            guard hidden.isEmpty, let text = expected.operationOutcome else { continue }
            for finding in row.findings { #expect(text.contains(finding.diagnostics), "\(place)") }
        }
    }

    /// Every accepted row did what the manifest says, and is stored as the expected resource.
    private func expectRecords(
        of file: SampleFiles.File,
        _ id: FeedID,
        in intake: Intake,
        _ samples: SampleFiles
    ) async throws {
        let rows = try await intake.pool.query(
            """
            SELECT row_number, version, kind, resource, lag(kind) OVER (PARTITION BY immunization_id ORDER BY change) AS before
            FROM immunization_version WHERE feed_id = $1
            """,
            [.uuid(id.uuid)]
        )
        for row in rows {
            let number = try row.decode("row_number", as: Int64.self)
            let place = "\(file.file) \(number)"
            let expected = try #require(file.rowOutcomes.first { $0.row == number }, "\(place)")
            let wasDeleted = try row.decode("before", as: Int16?.self) == 3
            let effect =
                switch try row.decode("kind", as: Int16.self) {
                case 1: "created"
                case 3: "deleted"
                default: wasDeleted ? "reinstated" : "updated"
                }
            #expect(effect == expected.effect, "\(place)")
            #expect(try row.decode("version", as: Int64.self) == expected.version, "\(place)")
            guard let path = expected.expectedResource else { continue }
            var stored = try #require(try JSONValue(parsing: row.decode("resource", as: [UInt8].self)).object)
            stored["id"] = nil
            stored["meta"] = nil
            let differences = JSONValue.object(stored).differences(from: try samples.resource(path))
            #expect(differences == [], "\(place)")
        }
    }

    @Test func aByteOrderMarkIsTolerated() async throws {
        try await withIntake { intake in
            let feed = SampleFeed([SampleFeed.Row("id-1")])
            let summary = try await intake.apply(feed.name, [0xEF, 0xBB, 0xBF] + feed.bytes)
            #expect(summary.counts.created == 1)
        }
    }

    @Test func aZeroByteFileFails() async throws {
        try await withIntake { intake in
            let summary = try await intake.apply(SampleFeed([]).name, [])
            #expect(summary.status == .failed)
            #expect(summary.totalRows == 0)
            #expect(summary.reason == FeedFileError.invalidHeader(.emptyFile).sentence)
        }
    }

    @Test func aNULRejectsItsRowAlone() async throws {
        try await withIntake { intake in
            let rows = [
                SampleFeed.Row("id-1"), SampleFeed.Row("id-\0-2"), SampleFeed.Row("id-3", "new", [.batchNumber: "B\0"]),
                SampleFeed.Row("id-4"),
            ]
            let summary = try await intake.apply(SampleFeed(rows))
            #expect(summary.status == .processed)
            #expect(summary.counts.created == 2)
            #expect(try await intake.rejected(summary.id) == [2: ["CONTROL_CHARACTER"], 3: ["CONTROL_CHARACTER"]])
        }
    }

    @Test func oddTextIsKeptAsItIs() async throws {
        try await withIntake { intake in
            let odd = [#"back\slash \u0000 "quoted""#, "line\r\nbreak|bar", "\u{1F489} e\u{301}", "\u{1}\u{7F}"]
            for (number, text) in odd.enumerated() {
                // The second is a duplicate, whose finding quotes the identifier.
                let rows = [SampleFeed.Row(text, "new", [.batchNumber: text]), SampleFeed.Row(text)]
                let feed = SampleFeed(rows, number: number)
                let summary = try await intake.apply(feed)
                #expect(summary.counts.created == 1)
                let rejected = try #require(
                    try await intake.store.rejectedRows(of: summary.id, after: 0, limit: 9).first
                )
                #expect(rejected.uniqueID == text)
                #expect(rejected.findings.map(\.code) == ["DUPLICATE"])
                #expect(rejected.findings[0].diagnostics.contains(text))
                let stored = try #require(try await intake.store.record(SampleFeed.recordID(text)))
                #expect(try JSONValue(parsing: stored.resource)["lotNumber"]?.string == text)
            }
        }
    }

    @Test func aFileInWindows1252IsReadAsThatFromItsFirstRow() async throws {
        try await withIntake { intake in
            var bytes = SampleFeed([SampleFeed.Row("id-1", "new", [.vaccineManufacturer: "Sm#rt"])]).bytes
            for index in bytes.indices where bytes[index] == UInt8(ascii: "#") { bytes[index] = 0xF6 }
            let summary = try await intake.apply(SampleFeed([]).name, bytes)
            #expect(summary.counts.created == 1)
            let stored = try #require(try await intake.store.record(SampleFeed.recordID("id-1")))
            #expect(try JSONValue(parsing: stored.resource)["manufacturer"]?["display"]?.string == "Smört")
        }
    }

    @Test func anUnterminatedQuoteEndsTheFileWithTheRowsBeforeItApplied() async throws {
        try await withIntake { intake in
            let rows = (0..<3).map { SampleFeed.Row("id-\($0)") }
            let bytes = SampleFeed(rows).bytes + Array("\"9990548609\"|\"Flor\r\nence\r\n".utf8)
            let summary = try await intake.apply(SampleFeed([]).name, bytes, batchSize: 2)
            #expect(summary.status == .failed)
            #expect(summary.reason == FeedFileError.unterminatedQuote(row: 4).sentence)
            #expect(summary.counts.created == 3)
            #expect(try await intake.rejected(summary.id) == [4: ["SYNTAX"]])
            try await IntakeAudit.check(intake.pool)
        }
    }

    /// Rows of a megabyte: longer than a chunk with its neighbours, and more than a transaction's share.
    @Test func rowsOfTheGreatestLengthAreApplied() async throws {
        try await withIntake { intake in
            let long = String(repeating: "ä", count: 32 << 10)
            let columns: [FeedColumn] = [
                .batchNumber, .vaccineManufacturer, .vaccineProductTerm, .vaccinationProcedureTerm, .doseUnitTerm,
                .routeOfVaccinationTerm, .siteOfVaccinationTerm, .siteCode, .locationCode, .personPostcode,
            ]
            let values = Dictionary(uniqueKeysWithValues: columns.map { ($0, long) })
            let rows = (0..<30).map { SampleFeed.Row("id-\($0)", "new", values) }
            let feed = SampleFeed(rows + rows.map { SampleFeed.Row($0.id, "update", values) })
            let summary = try await intake.apply(feed)
            #expect(summary.counts.created == 30)
            #expect(summary.counts.updated == 30)
            let stored = try #require(try await intake.store.record(SampleFeed.recordID("id-29")))
            #expect(stored.version == 2)
            #expect(try JSONValue(parsing: stored.resource)["lotNumber"]?.string == long)
            try await IntakeAudit.check(intake.pool)
        }
    }

    @Test func aFieldOverTheLimitEndsTheFile() async throws {
        try await withIntake { intake in
            let long = String(repeating: "x", count: (64 << 10) + 1)
            let feed = SampleFeed([SampleFeed.Row("id-1"), SampleFeed.Row("id-2", "new", [.batchNumber: long])])
            let summary = try await intake.apply(feed)
            #expect(summary.status == .failed)
            #expect(summary.counts.created == 1)
            #expect(try await intake.rejected(summary.id) == [2: ["SYNTAX"]])
        }
    }

    @Test func aSupplierThatIsNotConfiguredAnyMoreFailsItsFileWithAReason() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed([SampleFeed.Row("id-1")]))
            try await intake.pool.query("UPDATE feed SET supplier = 'NOBODY'")
            let summary = try await running([Intake.worker(intake.store)]) { try await intake.finished(id) }
            #expect(summary.status == .failed)
            #expect(summary.reason?.contains("not configured") == true)
        }
    }
}
