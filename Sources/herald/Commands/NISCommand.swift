import ArgumentParser
import Deliveries
import Foundation
import Store

/// `herald nis`: runs of the feed to the National Immunisation Service.
struct NISCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nis",
        abstract: "Show the runs of the feed to the National Immunisation Service, and send them again.",
        discussion: """
            A feed stops when the service refuses a file or does not collect one, when MESH does not take one, and when the \
            database is older than what was sent. Runs go on to be made meanwhile; resume, resend or full lets them go. \
            Every order is in the audit trail with its reason.
            """,
        subcommands: [Runs.self, Show.self, Resend.self, Full.self, Stop.self, Resume.self],
        defaultSubcommand: Runs.self
    )

    /// `herald nis runs`.
    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how the feed stands, and its latest runs.")
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Runs at most.") var limit = 24
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let limit = limit
            let workflow = (try database.reader().text(.feedWorkflow) ?? "NIS_VACC_FEED") + "_ACK"
            let found = try await database.withStore { try await $0.feedOverview(limit: limit, answers: workflow) }
            guard let feed = found else {
                throw CommandFailure("\(FeedOrderError.noFeed)")
            }
            if json { return try Console.json(feed) }
            show(feed)
            Console.table(
                ["RUN", "KIND", "STATE", "EVENTS", "FILES", "ROWS", "HELD", "FAILED", "STARTED"],
                feed.runs.map { run in
                    [
                        "\(run.sequence)" + (run.resends > 0 ? " (+\(run.resends))" : ""), run.kind, run.state.rawValue,
                        run.fromEvent > run.toEvent ? "-" : "\(run.fromEvent)-\(run.toEvent)", "\(run.files)",
                        "\(run.rows)",
                        "\(run.heldBack)", "\(run.failedRows)", run.startedAt.formatted(.iso8601),
                    ]
                }
            )
            for answer in feed.unknownAnswers {
                Console.line(
                    "not an answer: \(answer.fileName ?? "a message without a name") from \(answer.sender ?? "-"), "
                        + "\(answer.receivedAt.formatted(.iso8601)), message \(answer.messageID)"
                )
            }
            for row in feed.held {
                Console.line(
                    "held back: record \(row.recordID), event \(row.number) of run \(row.run): \(row.columns.joined(separator: ", "))"
                )
            }
        }

        private func show(_ feed: FeedOverview) {
            Console.line("feed to \(feed.endpoint)")
            if let stop = feed.stop {
                Console.line("  STOPPED (\(stop)) since \(feed.stoppedAt?.formatted(.iso8601) ?? "-")")
                if let detail = feed.stopDetail { Console.line("  \(detail)") }
            }
            if let trouble = feed.trouble { Console.line("  TROUBLE: \(trouble)") }
            if let person = feed.fullAskedBy { Console.line("  a full extract is asked for by \(person)") }
            if let next = feed.nextRunAt { Console.line("  next run: \(next.formatted(.iso8601))") }
        }
    }

    /// `herald nis show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the files of a run, with what the service answered."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The run's number.") var run: Int64
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let number = run
            let files = try await NISCommand.carryOut {
                try await database.withStore { try await $0.feedFiles(of: number) }
            }
            if json { return try Console.json(files) }
            for file in files {
                Console.line("\(file.name)  \(file.state)  \(file.answer ?? "no answer")")
                Console.line("  \(Console.count(file.rows, "row")), \(file.bytes) bytes, SHA-256 \(file.sha256)")
                Console.line("  local id \(file.localID), message \(file.messageID ?? "-")")
                if let trouble = file.trouble { Console.line("  TROUBLE: \(trouble)") }
                for failure in file.failures {
                    let record = failure.recordID.map { "record \($0)" } ?? "an unknown record"
                    Console.line("  row \(failure.row), \(record): \(failure.outcome)")
                }
            }
        }
    }

    /// `herald nis resend`.
    struct Resend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a run, or all runs from one on, again: the same names and bytes.",
            discussion:
                "A feed that is stopped goes on. Runs are kept for 30 days; for older ones there is herald nis full."
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "The first run; all that follow are sent again too.") var from: Int64?
        @Option(help: "One run alone.") var run: Int64?
        @OptionGroup var order: OrderOptions

        func validate() throws {
            guard (from == nil) != (run == nil) else { throw ValidationError("say --from RUN or --run RUN") }
        }

        func run() async throws {
            let first = from ?? run ?? 0
            let last = run
            let reason = order.reason
            let runs = try await NISCommand.carryOut {
                try await database.withStore(for: OperatorCommand("herald nis resend", by: order.by)) {
                    try await $0.resendRuns(from: first, through: last, reason: reason)
                }
            }
            Console.line(
                "\(Console.count(runs.count, "run")) will be sent again: \(runs.map(String.init).joined(separator: ", "))"
            )
        }
    }

    /// `herald nis full`.
    struct Full: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a full extract: every live record, with which the service replaces what it has.",
            discussion: """
                Changes go on from the point it shows. After the database was restored from a backup it skips the run numbers \
                that were used already.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var order: OrderOptions

        func run() async throws {
            let order = order
            try await NISCommand.carryOut {
                try await database.withStore(for: OperatorCommand("herald nis full", by: order.by)) {
                    try await $0.requestFullExtract(by: order.by, reason: order.reason)
                }
            }
            Console.line("The next run is a full extract; watch it with: herald nis runs")
        }
    }

    /// `herald nis stop`.
    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send nothing more; runs go on to be made and wait.")
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var order: OrderOptions

        func run() async throws {
            let order = order
            try await NISCommand.carryOut {
                try await database.withStore(for: OperatorCommand("herald nis stop", by: order.by)) {
                    try await $0.stopFeed(by: order.by, reason: order.reason)
                }
            }
            Console.line("Stopped. Go on with: herald nis resume --reason …")
        }
    }

    /// `herald nis resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a feed that is stopped go on with the runs that wait."
        )
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var order: OrderOptions

        func run() async throws {
            let order = order
            try await NISCommand.carryOut {
                try await database.withStore(for: OperatorCommand("herald nis resume", by: order.by)) {
                    try await $0.resumeFeed(reason: order.reason)
                }
            }
            Console.line("The feed goes on.")
        }
    }

    /// What every order takes (N-35).
    struct OrderOptions: ParsableArguments {
        @Option(help: "Why, for the audit trail.") var reason: String
        @Option(help: "Who orders it, for the record.") var by = Operator.name
    }

    private static func carryOut<Value>(_ order: () async throws -> Value) async throws -> Value {
        do {
            return try await order()
        } catch let error as FeedOrderError {
            throw CommandFailure("\(error)")
        }
    }
}
