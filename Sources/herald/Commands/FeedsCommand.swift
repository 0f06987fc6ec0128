import ArgumentParser
import Foundation
import WebAPI

/// `herald feeds`: what was uploaded and how it went.
struct FeedsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feeds",
        abstract: "List and show uploaded feeds, and steer them and their queues.",
        subcommands: [
            List.self, Show.self, Report.self, Pause.self, Resume.self, Cancel.self, Retry.self, FeedQueuesCommand.self,
        ],
        defaultSubcommand: List.self
    )

    /// Operators see every client's feeds.
    static let scope = "system/Immunization.c herald/admin.read"

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest feeds, newest first.")
        @OptionGroup var hub: HubOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let feeds = try await hub.withHub(scope: FeedsCommand.scope) { try await $0.feeds() }
            if json { return try Console.json(feeds) }
            guard !feeds.isEmpty else {
                return Console.line("No feeds yet. Upload one with: herald ingest FILE --wait")
            }
            Console.table(
                ["ID", "FILE", "STATUS", "ACCEPTED", "REJECTED"],
                feeds.map { [$0.id, $0.filename ?? "", $0.status, "\($0.accepted)", "\($0.rejected)"] }
            )
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One feed, with its rejected rows.")
        @OptionGroup var hub: HubOptions
        @Argument(help: "The feed's id.") var id: String
        @Flag(help: "List up to 1,000 rejected rows; herald feeds report lists all.") var rows = false
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            try await hub.withHub(scope: FeedsCommand.scope) { client in
                let feed: FeedView
                do {
                    feed = try await client.feed(id)
                } catch let refusal as HubClient.Refusal where refusal.status == 404 {
                    throw CommandFailure("there is no feed \(id); herald feeds lists all")
                }
                if json { return try Console.json(feed) }
                Console.line("\(feed.filename ?? "")  \(feed.status)")
                if let reason = feed.reason { Console.line(reason) }
                if feed.isQueuePaused == true { Console.line("Its queue is paused; see herald feeds queues.") }
                Console.line("\(feed.accepted) accepted, \(feed.rejected) rejected, \(feed.bytes ?? 0) bytes")
                try await RejectedRows.list(of: id, from: client, limit: rows ? .max : 20)
                for event in feed.history ?? [] {
                    let detail = event.detail.map { ": \($0)" } ?? ""
                    Console.line("\(event.at.formatted(.iso8601))  \(event.event) by \(event.by)\(detail)")
                }
            }
        }
    }

    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What became of every row of a feed.",
            discussion: "One line a row: its outcome, identifier, record id and version, and what was found in it."
        )
        @OptionGroup var hub: HubOptions
        @Argument(help: "The feed's id.") var id: String
        @Flag(help: "Print CSV instead of JSON.") var csv = false
        @Option(help: "Only rows with this outcome: created, updated, reinstated, deleted, rejected or accepted.")
        var outcome: String?

        func run() async throws {
            var query = "format=\(csv ? "csv" : "json")"
            if let outcome {
                query += "&outcome=\(outcome.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }
            try await hub.withHub(scope: FeedsCommand.scope) { [query] client in
                try await client.report(of: id, query: query) { piece in
                    do {
                        try FileHandle.standardOutput.write(contentsOf: Data(piece))
                    } catch {
                        // Nobody reads any more (`… | head`).
                        Foundation.exit(128 + SIGPIPE)
                    }
                }
            }
        }
    }
}
