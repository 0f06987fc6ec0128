import ArgumentParser
import EventStream
import Events
import Foundation
import Kafka
import Logging
import Store

/// `herald events`: the event log, what is missing in it and what was set aside.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show and mend the event log. Works on the database, beside the hub.",
        subcommands: [Status.self, Dead.self, Retry.self, Forget.self, Switch.self],
        defaultSubcommand: Status.self
    )

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which log there is, what waits, what is missing, what was set aside."
        )
        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let status = try await database.withStore { try await EventLogStatus(of: $0) }
            if json { return try Console.json(status) }
            Console.line("log: \(status.log)")
            Console.line("waiting to be published: \(status.waiting)" + (status.oldest.map { ", oldest \($0)" } ?? ""))
            Console.line("messages set aside: \(status.deadMessages)")
            Console.line("changes that brokers refuse: \(status.deadChanges)")
            Console.line("gaps: \(status.gaps.count)")
            for gap in status.gaps { Console.line("  \(gap)") }
            if !status.gaps.isEmpty { Console.line("Mend them with: herald replay --gaps") }
            if status.deadMessages + status.deadChanges > 0 {
                Console.line("Look at what was set aside with: herald events dead")
            }
        }
    }

    struct Dead: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List messages that could not be read, and changes that brokers refuse."
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "How many of each at most.") var limit = 100
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let (messages, changes) = try await database.withStore { store in
                (try await store.deadMessages(after: 0, limit: limit), try await store.deadChanges(limit: limit))
            }
            if json { return try Console.json(messages.map(DeadView.init) + changes.map(DeadView.init)) }
            guard !messages.isEmpty || !changes.isEmpty else { return Console.line("Nothing is set aside.") }
            Console.table(
                ["ID", "WHERE", "SINCE", "REASON"],
                messages.map(DeadView.init).map { ["\($0.id ?? 0)", $0.place, $0.setAside, $0.reason] }
                    + changes.map(DeadView.init).map { ["-", $0.place, $0.setAside, $0.reason] }
            )
            Console.line(
                "When the cause is mended: herald events retry. Messages that are nobody's: herald events forget ID"
            )
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try again what was set aside, once the cause is mended."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Ids of messages; all messages and refused changes where none is given.") var ids: [Int64] = []
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let outcome = try await database.withStore { store in
                try await DeadEventRetry(store: store, operatorName: OperatorName.current)
                    .run(ids.isEmpty ? nil : Set(ids))
            }
            if json { return try Console.json(outcome) }
            Console.line("\(Console.count(outcome.published, "event")) published again.")
            for (id, reason) in outcome.left.sorted(by: { $0.key < $1.key }) { Console.line("\(id) stays: \(reason)") }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Drop messages that were set aside and are of no use to anybody."
        )
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "Ids of messages, as herald events dead shows them.") var ids: [Int64]

        func run() async throws {
            try await database.withStore { store in
                try await store.note(
                    operation: "forget",
                    by: OperatorName.current,
                    "messages \(ids.map(String.init).joined(separator: ", "))",
                    changes: 0
                )
                try await store.forgetDeadMessages(ids)
            }
        }
    }

    struct Switch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the event log of the installation: embedded, or Kafka.",
            discussion: """
                Nothing is lost and nothing is routed twice: every change that was not routed yet, wherever it is, goes back \
                into the outbox, and routers pass over what comes a second time. Change HERALD_KAFKA_BOOTSTRAP_SERVERS \
                (and HERALD_KAFKA_TOPIC) for all processes, run this command with the new settings, and start the processes \
                again; those that still run with the old settings stop by themselves within some seconds.
                """
        )
        enum Log: String, ExpressibleByArgument, CaseIterable { case embedded, kafka }

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "embedded or kafka.") var log: Log
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let reader = try database.reader()
            let settings = try HubConfiguration(reader: reader)
            let wanted = try await identity(settings)
            let (before, changes) = try await database.withStore { store in
                let before = try await store.establishedLog()
                guard before != wanted else { return (before, 0) }
                return (before, try await store.switchLog(to: wanted, by: OperatorName.current))
            }
            if json {
                return try Console.json(
                    SwitchView(from: before?.description, to: wanted.description, republished: changes)
                )
            }
            guard before != wanted else { return Console.line("The event log is \(wanted) already.") }
            Console.line(
                "The event log is \(wanted) now; \(Console.count(changes, "change")) put back into the outbox."
            )
            Console.line("Start all processes with the new settings.")
        }

        private func identity(_ settings: HubConfiguration) async throws -> EventLogIdentity {
            guard log == .kafka else {
                guard settings.kafka == nil else {
                    throw CommandFailure("HERALD_KAFKA_BOOTSTRAP_SERVERS is set: unset it here and for all processes")
                }
                return .embedded
            }
            guard let kafka = settings.kafka else {
                throw CommandFailure("HERALD_KAFKA_BOOTSTRAP_SERVERS is not set: set it here and for all processes")
            }
            var logger = Logger(label: "herald")
            logger.logLevel = .critical
            let admin = try KafkaAdmin(configuration: kafka, logger: logger)
            let topic = try await settings.topic.find(with: admin)
            try await settings.topic.check(with: admin, logger: logger)
            return .kafka(topic: topic.name, partitions: topic.partitions)
        }

        private struct SwitchView: Encodable {
            let from: String?
            let to: String
            let republished: Int
        }
    }
}

/// The event log at a glance.
struct EventLogStatus: Encodable {
    let log: String
    let waiting: Int
    let oldest: String?
    let deadMessages: Int
    let deadChanges: Int
    let gaps: [String]

    init(of store: PostgresStore) async throws {
        log = try await store.establishedLog()?.description ?? "none yet: it is recorded at the first start"
        let depth = try await store.depth()
        waiting = depth.waiting
        oldest = depth.oldest?.ISO8601Format()
        let dead = try await store.deadCounts()
        deadMessages = dead.messages
        deadChanges = dead.changes
        gaps = try await store.logGaps().map(\.description)
    }
}

/// Something that was set aside; contents are not shown.
private struct DeadView: Encodable {
    let id: Int64?
    let place: String
    let setAside: String
    let reason: String

    init(_ message: DeadMessage) {
        let lies = message.unreadable.message
        id = message.id
        place = "\(lies.topic)[\(lies.partition)]@\(lies.offset)"
        setAside = message.setAside.ISO8601Format()
        reason = message.unreadable.reason
    }

    init(_ change: DeadChange) {
        id = nil
        place = "record \(change.key.recordID), change \(change.key.change)"
        setAside = change.setAside.ISO8601Format()
        reason = change.reason
    }
}

/// Who runs a command, for what is written down about it.
enum OperatorName {
    static var current: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["SUDO_USER"] ?? environment["USER"] ?? "operator"
    }
}
