import Feeds
import Foundation
import HeraldTestKit
import Logging
import Postgres
import Store
import Testing

/// Files that are put into a watched folder.
@Suite(.herald, .timeLimit(.minutes(2))) struct FeedInboxTests {
    private let feed = SampleFeed([SampleFeed.Row("id-1"), SampleFeed.Row("id-2", "delete")])

    @Test func aFileIsTakenArchivedAndAcknowledged() async throws {
        try await withInbox { inbox in
            try inbox.put(feed.name, feed.bytes)
            try inbox.put("half-written.csv.part", [1, 2, 3])
            try await running([inbox.service(), Intake.worker(inbox.intake.store)]) {
                try await eventually { try inbox.names("ack").count == 3 }
                try await eventually { try inbox.names(".taken").isEmpty }
            }
            let id = try #require(try await inbox.intake.store.summaries(limit: 9).first).id
            #expect(try inbox.names("ack").contains { $0.contains("_InfAck_") })
            let csv = try #require(try inbox.names("ack").first { $0.contains("_BusAck_") && $0.hasSuffix(".csv") })
            let text = try String(contentsOfFile: "\(inbox.path)/ack/\(csv)", encoding: .utf8)
            #expect(text.split(separator: "\n").count == 2)
            #expect(text.contains("\(id)^2|"))
            let day = try #require(try inbox.names("archive").first)
            #expect(try inbox.names("archive/\(day)") == [feed.name])
            #expect(try inbox.names("").sorted() == ["ack", "archive", "failed", "half-written.csv.part"])
        }
    }

    @Test func filesThatAreNotTakenGoAsideWithTheReason() async throws {
        try await withInbox { inbox in
            try inbox.put("report.pdf", [1])
            try inbox.put(feed.name, Array("not a feed".utf8))
            try await running([inbox.service()]) {
                try await eventually { try inbox.names("failed").count == 4 }
                try await eventually { try inbox.names(".taken").isEmpty }
            }
            let reason = try String(contentsOfFile: "\(inbox.path)/failed/report.pdf.reason.txt", encoding: .utf8)
            #expect(reason.contains("Name the file"))
            #expect(try inbox.names("ack").count == 2)
        }
    }

    /// A kill leaves a file in hand; at any step.
    @Test func whatAKilledProcessLeftIsFinishedOnce() async throws {
        try await withInbox { inbox in
            // Killed after the claim; after the upload; and after the id was noted.
            let names = (1...3).map { SampleFeed([], number: $0).name }
            for (index, name) in names.enumerated() {
                let key = "00000000-0000-4000-8000-00000000000\(index)"
                try inbox.put(".taken/\(key)/\(name)", feed.bytes)
                guard index > 0 else { continue }
                let id = try await inbox.intake.receive(name, feed.bytes, key: key, from: "folder")
                if index > 1 { try inbox.put(".taken/\(key)/.feed", Array(id.description.utf8)) }
            }
            try inbox.put(".taken/empty/.nothing", [])
            try FileManager.default.removeItem(atPath: "\(inbox.path)/.taken/empty/.nothing")
            try await running([inbox.service(), inbox.service(), Intake.worker(inbox.intake.store)]) {
                try await eventually(within: .seconds(60)) { try inbox.names(".taken").isEmpty }
            }
            #expect(try inbox.names("ack").count == 9)
            #expect(try inbox.names("failed").isEmpty)
            #expect(try await inbox.intake.pool.count("SELECT count(*) FROM feed") == 3)
        }
    }

    /// csv-feed.md §11.
    @Test func extendedAttributesFilesArePassedOnUnchangedAndNeverRead() async throws {
        try await withInbox { inbox in
            let name = "Vaccination_Extended_Attributes_v1_5_YGM41_20250115T08000000.csv"
            let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 253) }
            try inbox.put(name, content)
            try inbox.put(name.replacing("YGM41", with: "8HK48"), content)
            let target = "\(inbox.path)/failed/passed-on"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            let forwarder = ExtendedAttributesForwarder(
                store: inbox.intake.store,
                folder: target,
                pause: .milliseconds(20),
                logger: .silent
            )
            try await running([inbox.service(), forwarder, Intake.worker(inbox.intake.store)]) {
                try await eventually(within: .seconds(60)) { try inbox.names("failed/passed-on") == [name] }
                try await eventually(within: .seconds(60)) {
                    try inbox.names(".taken").isEmpty && inbox.names("failed").count == 3
                }
            }
            #expect(FileManager.default.contents(atPath: "\(target)/\(name)") == Data(content))
            #expect(try inbox.names("failed/passed-on") == [name])
            let statuses = Set(try await inbox.intake.store.summaries(limit: 9).map(\.status))
            #expect(statuses == [.forwarded, .unauthorised])
            #expect(try inbox.names("ack").isEmpty)
        }
    }

    private struct Inbox {
        let path: String
        let intake: Intake

        func service() -> FeedInbox<PostgresStore> {
            FeedInbox(
                path: path,
                receiver: FeedReceiver(store: intake.store),
                store: intake.store,
                pause: .milliseconds(20),
                logger: .silent
            )
        }

        func put(_ name: String, _ bytes: [UInt8]) throws {
            let url = URL(fileURLWithPath: "\(path)/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(bytes).write(to: url, options: .atomic)
        }

        /// Names that are not hidden.
        func names(_ folder: String) throws -> [String] {
            guard FileManager.default.fileExists(atPath: "\(path)/\(folder)") else { return [] }
            return try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").filter {
                !$0.hasPrefix(".")
            }
        }
    }

    private func withInbox(_ body: (Inbox) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "herald-inbox-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await withIntake { try await body(Inbox(path: path, intake: $0)) }
    }
}
