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
            The file's name says what it holds: FLU_Vaccinations_v5_YGM41_20250115T08000000.csv. When the connection breaks \
            the file is sent again; the hub takes it once. With --wait the command follows each file to its end, lists \
            rejected rows, and writes the acknowledgement files beside the feed.

            Exit status: 0 when every file was taken (with --wait: and all its rows), 1 when a file failed as a whole, \
            2 when all files were taken but rows were rejected.
            """
    )

    @OptionGroup var hub: HubOptions
    @Argument(help: "Feeds to upload, in this order.") var files: [String]
    @Flag(help: "Follow each file until its last row has an outcome.") var wait = false
    @Flag(help: "Compress the files on their way.") var gzip = false
    @Flag(help: "Print JSON, one object a file.") var json = false

    func run() async throws {
        for file in files { try check(file) }
        try await hub.withHub(scope: TokenMaker.operatorScope) { client in
            var failed = 0
            var rejected: Int64 = 0
            for file in files {
                do {
                    var feed = try await FeedUpload(client: client, isGzip: gzip).send(file)
                    if wait { feed = try await FeedFollower(client: client).follow(feed) }
                    try await report(feed, from: client)
                    if wait { try await saveAcknowledgements(of: feed, beside: file, from: client) }
                    rejected += feed.rejected
                    if feed.isFinal, feed.reason != nil { failed += 1 }
                } catch let refusal as HubClient.Refusal where files.count > 1 {
                    // The other files may be taken.
                    Console.complain("\(file): \(refusal)")
                    failed += 1
                }
            }
            if failed > 0 {
                Console.complain("\(Console.count(failed, "file")) of \(files.count) failed.")
                throw ExitCode.failure
            }
            if rejected > 0 {
                Console.complain("\(Console.count(rejected, "row")) rejected; mend them and send them in a new file.")
                throw ExitCode(2)
            }
        }
    }

    private func check(_ file: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue,
            FileManager.default.isReadableFile(atPath: file)
        else {
            throw CommandFailure(isFolder.boolValue ? "\(file) is a folder; name its files" : "\(file) cannot be read")
        }
    }

    /// Writes the acknowledgement files beside the feed.
    private func saveAcknowledgements(of feed: FeedView, beside file: String, from client: HubClient) async throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        for path in ["inf-ack", "bus-ack", "bus-ack?format=json"] {
            guard let (name, content) = try await client.acknowledgement(of: feed.id, path) else { continue }
            let target = folder.appendingPathComponent(URL(fileURLWithPath: name).lastPathComponent)
            do {
                try Data(content).write(to: target, options: .atomic)
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
        if rows.count > limit || rows.count == 1000 {
            Console.line("  … all of them: herald feeds report \(id) --outcome rejected")
        }
    }
}
