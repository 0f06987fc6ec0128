import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing

/// The files of `csv-feed.md` §8 as they are made from what the store holds.
@Suite(.herald, .timeLimit(.minutes(2))) struct AcknowledgementFilesTests {
    @Test func theSampleFilesAreAcknowledgedAsTheirManifestSays() async throws {
        let samples = try SampleFiles()
        try await withIntake { intake in
            var limits = FeedLimits()
            limits.toleratesByteOrderMark = false
            for file in samples.files {
                try await intake.pool.query("TRUNCATE immunization, immunization_version, outbox")
                let id: FeedID
                do {
                    id = try await intake.apply(file.file, samples.bytes(file.file), batchSize: 3, limits: limits).id
                } catch let refused as FeedRefused {
                    id = refused.id
                }
                let feed = try #require(try await intake.store.summary(of: id))
                let base = file.file.split(separator: ".")[0]
                let files = AcknowledgementFiles(store: intake.store)

                let received = received(feed)
                let infAck = try files.file(.infrastructure, of: feed)
                #expect(infAck.name == "\(base)_InfAck_\(received).csv")
                let lines = try await text(infAck).components(separatedBy: "\r\n")
                #expect(lines.count == 3 && lines[2].isEmpty)
                #expect(lines[1].hasPrefix("\(id)|\(file.infAck)|"), "\(file.file)")
                #expect(lines[1].contains("|\(received)|||\(file.infAck == "Success" ? "True" : "False")"))

                guard file.busAck else {
                    #expect(throws: AcknowledgementMissing.noRows) { try files.file(.businessCSV, of: feed) }
                    #expect(files.files(of: feed).map(\.name) == [infAck.name])
                    continue
                }
                let failures = file.rowOutcomes.filter { $0.outcome == "rejected" }
                let csv = try files.file(.businessCSV, of: feed)
                #expect(csv.name == "\(base)_BusAck_\(received).csv")
                try await expect(csv, lists: failures, of: feed)
                let json = try files.file(.businessJSON, of: feed)
                #expect(json.name == "\(base)_BusAck_\(received).json")
                try await expect(json, listsAsJSON: failures, of: feed)
                #expect(files.files(of: feed).map(\.name) == [infAck.name, csv.name, json.name])
            }
        }
    }

    @Test func failuresOnSeveralPagesStandOnceAndInOrder() async throws {
        try await withIntake { intake in
            let rows = (1...2501).map { SampleFeed.Row("id-\($0)", "update") }
            let feed = try await intake.apply(SampleFeed(rows))
            let files = AcknowledgementFiles(store: intake.store)
            let lines = try await text(files.file(.businessCSV, of: feed)).split(separator: "\n").dropFirst()
            #expect(lines.map { $0.prefix { $0 != "|" } } == (1...2501).map { "\(feed.id)^\($0)" })
            let json = try await JSONValue(parsing: Array(text(files.file(.businessJSON, of: feed)).utf8))
            #expect(json["failures"]?.array?.compactMap { $0["rowId"]?.integer } == Array(1...2501))
        }
    }

    @Test func twoPassesGiveTheSameBytes() async throws {
        try await withIntake { intake in
            let feed = try await intake.apply(SampleFeed([SampleFeed.Row("id-1"), SampleFeed.Row("id-1")]))
            for kind in AcknowledgementKind.allCases {
                let first = try await text(AcknowledgementFiles(store: intake.store).file(kind, of: feed))
                #expect(try await text(AcknowledgementFiles(store: intake.store).file(kind, of: feed)) == first)
            }
        }
    }

    @Test func aSeparatorInAnIdentifierIsQuotedAndShiftsNoColumn() async throws {
        try await withIntake { intake in
            let feed = try await intake.apply(SampleFeed([SampleFeed.Row("a|b\"c\nd", "delete")]))
            let csv = try await text(AcknowledgementFiles(store: intake.store).file(.businessCSV, of: feed))
            #expect(csv.contains("||\"a|b\"\"c\nd^\(SampleFeed.system)\"||\"Immunization resource does not exist."))
        }
    }

    @Test func theFileIsAcknowledgedBeforeItsRows() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed([SampleFeed.Row("id-1")]))
            var feed = try #require(try await intake.store.summary(of: id))
            let files = AcknowledgementFiles(store: intake.store)
            #expect(try await text(files.file(.infrastructure, of: feed)).contains("|Success|"))
            #expect(throws: AcknowledgementMissing.rowsPending) { try files.file(.businessCSV, of: feed) }
            feed.status = .receiving
            #expect(throws: AcknowledgementMissing.fileNotChecked) { try files.file(.infrastructure, of: feed) }
        }
    }

    private func expect(
        _ csv: AcknowledgementFile,
        lists failures: [SampleFiles.Row],
        of feed: FeedSummary
    ) async throws {
        let lines = try await text(csv).components(separatedBy: "\n")
        #expect(lines.count == failures.count + 2 && lines.last == "", "\(feed.name)")
        for (line, row) in zip(lines.dropFirst(), failures) {
            let fields = line.components(separatedBy: "|")
            #expect(fields.count == 14)
            #expect(fields[0] == "\(feed.id)^\(row.row)")
            #expect(fields[10] == row.localId)
            let isComplete = holds(fields[12].replacing("\"\"", with: "\""), row)
            #expect(isComplete, "\(feed.name), row \(row.row)")
        }
    }

    private func expect(
        _ file: AcknowledgementFile,
        listsAsJSON failures: [SampleFiles.Row],
        of feed: FeedSummary
    ) async throws {
        let json = try await JSONValue(parsing: Array(text(file).utf8))
        #expect(json.at("summary", "failed")?.integer == failures.count)
        #expect(json.at("summary", "totalRecords")?.integer.map(Int64.init) == feed.totalRows)
        let listed = json["failures"]?.array ?? []
        #expect(listed.map { $0["rowId"]?.integer.map(Int64.init) } == failures.map(\.row))
        #expect(listed.map { $0["localId"]?.string } == failures.map(\.localId))
        for (failure, row) in zip(listed, failures) {
            let isComplete = holds(failure["operationOutcome"]?.string ?? "", row)
            #expect(isComplete, "\(feed.name), row \(row.row)")
        }
    }

    /// Whether the text says all that the national service finds; Herald may find more in the same row (§5.1).
    private func holds(_ text: String, _ row: SampleFiles.Row) -> Bool {
        (row.operationOutcome ?? "-").components(separatedBy: "; ").allSatisfy(text.contains)
    }

    private func text(_ file: AcknowledgementFile) async throws -> String {
        var bytes: [UInt8] = []
        for try await piece in file { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func received(_ feed: FeedSummary) -> String {
        let parts = Calendar(identifier: .iso8601).dateComponents(in: .gmt, from: feed.receivedAt)
        let numbers = [parts.month, parts.day, parts.hour, parts.minute, parts.second].map {
            String(($0 ?? 0) + 100).suffix(2)
        }
        return "\(parts.year ?? 0)\(numbers[0])\(numbers[1])T\(numbers[2...].joined())00"
    }
}
