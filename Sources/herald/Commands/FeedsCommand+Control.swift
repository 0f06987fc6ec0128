import ArgumentParser
import WebAPI

extension FeedsCommand {
    /// Only operators steer feeds.
    static let controlScope = "herald/admin.read herald/admin.write"

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a feed after the batch in hand; the files behind it in its queue wait."
        )
        @OptionGroup var order: OrderOptions

        func run() async throws { try await order.give("pause") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused or halted feed go on at its next unprocessed row."
        )
        @OptionGroup var order: OrderOptions
        @Option(help: "Reject this row, at which the feed stands, and go on behind it.") var giveUpRow: Int64?

        func run() async throws { try await order.give("resume", giveUpRow: giveUpRow) }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a feed up: rows that were applied stay applied, the others are not applied."
        )
        @OptionGroup var order: OrderOptions

        func run() async throws { try await order.give("cancel") }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try a failed or cancelled feed again, from its next unprocessed row.",
            discussion:
                "It takes its old place in its queue: files that came later and are applied already stay applied."
        )
        @OptionGroup var order: OrderOptions

        func run() async throws { try await order.give("retry") }
    }

    /// What every command about one feed takes.
    struct OrderOptions: ParsableArguments {
        @OptionGroup var hub: HubOptions
        @Argument(help: "The feed's id.") var id: String
        @Option(help: "Why, for the feed's record.") var reason: String?
        @Flag(help: "Print JSON.") var json = false

        func give(_ command: String, giveUpRow: Int64? = nil) async throws {
            let feed = try await hub.withHub(scope: FeedsCommand.controlScope) { client in
                do {
                    return try await client.command(command, on: id, FeedOrder(reason: reason, giveUpRow: giveUpRow))
                } catch let refusal as HubClient.Refusal where refusal.status == 404 {
                    throw CommandFailure("there is no feed \(id); herald feeds lists all")
                }
            }
            if json { return try Console.json(feed) }
            Console.line("\(feed.filename ?? "")  \(feed.status)")
            Console.line("\(feed.accepted) accepted, \(feed.rejected) rejected so far")
        }
    }
}

/// `herald feeds queues`: the queues of suppliers and vaccine types.
struct FeedQueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Show, pause and resume the queues of suppliers and vaccine types.",
        subcommands: [List.self, Pause.self, Resume.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Queues with files in them, and paused ones.")
        @OptionGroup var hub: HubOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let queues = try await hub.withHub(scope: "herald/admin.read") { try await $0.queues() }
            if json { return try Console.json(queues) }
            guard !queues.isEmpty else { return Console.line("No file waits, and no queue is paused.") }
            Console.table(
                ["SUPPLIER", "TYPE", "WAITING", "IN PROGRESS", "QUEUE"],
                queues.map { queue in
                    [
                        queue.supplier, queue.vaccineType, "\(queue.waiting)",
                        queue.current.map { "\($0) \(queue.currentStatus ?? "")" } ?? "-",
                        queue.pausedBy.map { "paused by \($0)" + (queue.pauseReason.map { ": \($0)" } ?? "") }
                            ?? "runs",
                    ]
                }
            )
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a queue: the file in progress after the batch in hand, the others before they begin."
        )
        @OptionGroup var hub: HubOptions
        @Argument(help: "The supplier, e.g. EMIS") var supplier: String
        @Argument(help: "The vaccine type, e.g. FLU") var vaccineType: String
        @Option(help: "Why, for the record.") var reason: String?

        func run() async throws {
            try await hub.withHub(scope: FeedsCommand.controlScope) { client in
                try await client.command("pause", onQueue: supplier, vaccineType, FeedOrder(reason: reason))
            }
            Console.line(
                "\(supplier)_\(vaccineType) is paused; go on with: herald feeds queues resume \(supplier) \(vaccineType)"
            )
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a queue go on.")
        @OptionGroup var hub: HubOptions
        @Argument(help: "The supplier, e.g. EMIS") var supplier: String
        @Argument(help: "The vaccine type, e.g. FLU") var vaccineType: String

        func run() async throws {
            try await hub.withHub(scope: FeedsCommand.controlScope) { client in
                try await client.command("resume", onQueue: supplier, vaccineType, FeedOrder())
            }
            Console.line("\(supplier)_\(vaccineType) runs.")
        }
    }
}
