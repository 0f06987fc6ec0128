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
            }
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
