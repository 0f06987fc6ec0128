import ArgumentParser
import Feeds
import Foundation
import WebAPI

/// `herald ingest`: uploads feeds to a running hub.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Upload feeds to a running hub.",
        discussion: """
            The file's name says what it holds: FLU_Vaccinations_v5_YGM41_20250115T08000000.csv. With --wait the command \
            follows each file to its end, lists rejected rows, and writes the acknowledgement files beside the feed; it \
            exits with 1 when a file failed as a whole.
            """
    )

    @OptionGroup var hub: HubOptions
    @Argument(help: "Feeds to upload, in this order.") var files: [String]
    @Flag(help: "Follow each file until its last row has an outcome.") var wait = false
    @Flag(help: "Print JSON, one object a file.") var json = false

    func run() async throws {
        try await hub.withHub(scope: TokenMaker.operatorScope) { client in
            var failed = false
            for file in files {
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue,
                    FileManager.default.isReadableFile(atPath: file)
                else {
                    throw CommandFailure(
                        isFolder.boolValue ? "\(file) is a folder; name its files" : "\(file) cannot be read"
                    )
                }
                var feed = try await send(file, to: client)
                if wait { feed = try await follow(feed, at: client) }
                try await report(feed, from: client)
                if wait { try await saveAcknowledgements(of: feed, beside: file, from: client) }
                failed = failed || (feed.isFinal && feed.reason != nil)
            }
            if failed { throw ExitCode.failure }
        }
    }

    private func send(_ file: String, to client: HubClient) async throws -> FeedView {
        let bar = ProgressBar()
        let name = URL(fileURLWithPath: file).lastPathComponent
        let size = (try FileManager.default.attributesOfItem(atPath: file)[.size] as? NSNumber)?.int64Value
        defer { bar.finish() }
        return try await client.upload(file: file) { sent in
            bar.show(name, done: sent, of: size, note: "\(sent >> 20) MiB sent")
        }
    }

    private func follow(_ feed: FeedView, at client: HubClient) async throws -> FeedView {
        let bar = ProgressBar()
        defer { bar.finish() }
        var feed = feed
        while !feed.isFinal {
            try await Task.sleep(for: .milliseconds(200))
            feed = try await client.feed(feed.id)
            let rows = feed.accepted + feed.rejected
            bar.show(
                feed.filename ?? feed.id,
                done: rows,
                of: feed.totalRows,
                note: "\(feed.status): \(feed.accepted) accepted, \(feed.rejected) rejected"
            )
        }
        return feed
    }

    /// Writes the acknowledgement files beside the feed.
    private func saveAcknowledgements(of feed: FeedView, beside file: String, from client: HubClient) async throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        for path in ["inf-ack", "bus-ack", "bus-ack?format=json"] {
            guard let (name, content) = try await client.acknowledgement(of: feed.id, path) else { continue }
            let target = folder.appendingPathComponent(URL(fileURLWithPath: name).lastPathComponent)
            do {
                try Data(content).write(to: target)
                if !json { Console.line("  \(target.lastPathComponent)") }
            } catch {
                Console.complain("\(target.path) cannot be written; the file is at /feeds/\(feed.id)/\(path)")
            }
        }
    }

    private func report(_ feed: FeedView, from client: HubClient) async throws {
        if json { return try Console.json(feed) }
        Console.line("\(feed.filename ?? "")  \(feed.status)  \(feed.id)")
        if let reason = feed.reason { Console.line("  \(reason)") }
        guard wait else { return }
        Console.line(
            "  \(feed.accepted) accepted (\(feed.created) created, \(feed.updated) updated, "
                + "\(feed.reinstated) reinstated, \(feed.deleted) deleted), \(feed.rejected) rejected"
        )
        guard feed.rejected > 0 else { return }
        try await RejectedRows.list(of: feed.id, from: client, limit: 20)
    }
}

/// Rejected rows for people.
enum RejectedRows {
    /// Lists rows with what was found, and says how to see the rest.
    static func list(of id: String, from client: HubClient, limit: Int) async throws {
        let rows = try await client.rejectedRows(of: id)
        for row in rows.prefix(limit) {
            for finding in row.findings {
                Console.line("  row \(row.row)  \(finding.column ?? "-")  \(finding.code): \(finding.advice)")
            }
        }
        if rows.count > limit { Console.line("  … all of them: herald feeds show \(id) --rows") }
    }
}
