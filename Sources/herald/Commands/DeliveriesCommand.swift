import ArgumentParser
import Deliveries
import Events
import Foundation
import Store

/// `herald deliveries`: what was tried, what waits, what was set aside, and what is sent again.
struct DeliveriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "Show the delivery log, and mend deliveries. Works on the database, beside the hub.",
        discussion: """
            Three different things: an event that is undelivered waits its turn; one that is parked waits because its lane \
            has stopped (herald subscriptions resume); a dead letter was set aside and is sent only when somebody asks \
            (herald deliveries release). No command shows what is in an event.
            """,
        subcommands: [
            List.self, Show.self, Dead.self, Skip.self, Release.self, Jobs.self, Cancel.self, BreakerCommand.self,
            PolicyCommand.self,
        ],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The delivery log, the latest attempt first.")
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var which: DeliverySelectionOptions
        @Option(
            help: """
                Attempts with this result only: accepted, error-response, no-response, dns-resolution-error, misconfigured, \
                rejected or gone.
                """
        )
        var outcome: String?
        @Option(help: "How many at most.") var limit = 50
        @Option(help: "Only before this line of the log: the next page.") var before: Int64?
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let selection = try which.selection(cause: outcome)
            let attempts = try await database.withStore {
                try await $0.attempts(selection, before: before, limit: max(1, limit))
            }
            if json { return try Console.json(attempts.map(AttemptView.init)) }
            guard !attempts.isEmpty else { return Console.line("Nothing was tried.") }
            Console.table(
                ["LINE", "TIME", "SUBSCRIPTION", "KIND", "EVENTS", "ATTEMPT", "RESULT", "ANSWER", "MS"],
                attempts.map { attempt in
                    [
                        "\(attempt.id)", attempt.startedAt.formatted(.iso8601), "\(attempt.subscription)", attempt.kind,
                        attempt.numbers.words, "\(attempt.attempt)", attempt.outcome,
                        attempt.httpStatus.map(String.init) ?? "-", "\(attempt.milliseconds)",
                    ]
                }
            )
            if attempts.count == limit, let last = attempts.last { Console.line("More: --before \(last.id)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How one event stands with one subscription.")
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var subscription: String
        @Argument(help: "The event's number.") var number: Int64
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let id = try SubscriptionID(argument: subscription)
            guard let standing = try await database.withStore({ try await $0.standing(of: number, in: id) }) else {
                throw CommandFailure("subscription \(id) has no event \(number); herald subscriptions show \(id)")
            }
            let view = StandingView(standing)
            if json { return try Console.json(view) }
            for line in view.lines { Console.line(line) }
        }
    }

    struct Dead: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Events that were set aside.")
        @OptionGroup var database: DatabaseOptions
        @OptionGroup var which: DeliverySelectionOptions
        @Option(help: "With this cause only: a result class such as rejected, or operator.") var cause: String?
        @Option(help: "How many at most.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let selection = try which.selection(cause: cause)
            let letters = try await database.withStore {
                try await $0.deadLetters(selection, limit: max(1, limit))
            }
            if json { return try Console.json(letters.map(DeadLetterView.init)) }
            guard !letters.isEmpty else { return Console.line("Nothing is set aside.") }
            Console.table(
                ["SUBSCRIPTION", "EVENT", "CAUSE", "ANSWER", "ATTEMPTS", "SINCE", "BY", "REASON"],
                letters.map { letter in
                    [
                        "\(letter.subscription)", "\(letter.number)", letter.cause,
                        letter.httpStatus.map(String.init) ?? "-", "\(letter.attempts)",
                        letter.setAsideAt.formatted(.iso8601), letter.setAsideBy ?? "policy", letter.reason ?? "-",
                    ]
                }
            )
            Console.line("When the cause is mended: herald deliveries release SUBSCRIPTION")
        }
    }

    struct Skip: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set the next events of a subscription aside, so that its lane goes on behind them.",
            discussion: """
                The subscriber sees a hole in the numbers, and finds the events with $events. They are dead letters from then \
                on: herald deliveries release sends them after all.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var subscription: String
        @Option(help: "The last event that is set aside; all before it that wait are, too.") var through: Int64
        @Option(help: "Why.") var reason: String
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let id = try SubscriptionID(argument: subscription)
            let range = try await database.withStore {
                try await $0.setAside(id, through: through, by: OperatorName.current, reason: reason)
            }
            if json { return try Console.json(["firstNumber": range.lowerBound, "lastNumber": range.upperBound]) }
            Console.line("Set aside: \(Optional(range).words). The lane goes on with event \(range.upperBound + 1).")
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send dead letters after all.",
            discussion: "An event is no dead letter any more once its endpoint has accepted it."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var subscription: String
        @Option(help: "Only this event and those behind it.") var from: Int64?
        @Option(help: "Only this event and those before it.") var to: Int64?
        @OptionGroup var job: JobOptions

        func run() async throws {
            let selection = DeliverySelection(subscription: try SubscriptionID(argument: subscription))
            let request = ResendRequest(selection, from: from, through: to, onlyDead: true)
            try await job.resend(request, database)
        }
    }

    struct Jobs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Replays and resends, the latest first.")
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Of this subscription.") var subscription: String?
        @Flag(help: "Only those that are not over.") var open = false
        @Option(help: "How many at most.") var limit = 50
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let id = try subscription.map { try SubscriptionID(argument: $0) }
            let jobs = try await database.withStore {
                try await $0.deliveryJobs(of: id, onlyOpen: open, limit: max(1, limit))
            }
            if json { return try Console.json(jobs.map(JobView.init)) }
            guard !jobs.isEmpty else { return Console.line("There are no jobs.") }
            Console.table(
                ["ID", "KIND", "SUBSCRIPTION", "SENT", "LEFT", "STATE", "BY", "SINCE"],
                jobs.map { job in
                    [
                        job.id.uuidString.lowercased(), job.kind, "\(job.subscription)", "\(job.sent)",
                        "\(job.left)", job.state, job.createdBy, job.createdAt.formatted(.iso8601),
                    ]
                }
            )
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a job; what it has sent stays sent.")
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The job's id.") var job: String

        func run() async throws {
            guard let id = UUID(uuidString: job) else {
                throw ValidationError("\(job) is no job's id, a UUID; herald deliveries jobs lists them")
            }
            try await database.withStore { try await $0.cancelJob(id, by: OperatorName.current) }
            Console.line("Cancelled.")
        }
    }
}
