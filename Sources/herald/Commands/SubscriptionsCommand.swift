import ArgumentParser
import Events
import FHIR
import Foundation
import Store
import Subscriptions

/// `herald subscriptions`: who is told of what, and how far each has got.
struct SubscriptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriptions",
        abstract: "Create, list, hold, repair and delete subscriptions. Works on the database, beside the hub.",
        discussion: "What was tried for them and what was set aside is shown by herald deliveries.",
        subcommands: [
            Create.self, List.self, Show.self, Pause.self, Resume.self, Replay.self, Backfill.self, Secret.self,
            Delete.self,
        ],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All subscriptions, oldest first.",
            discussion: "With --failing those whose owners have to know something: what it is, and whom to tell."
        )
        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Only those that fail, stand still or have dead letters, with their error and contact.")
        var failing = false
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let all = try await database.withStore { try await $0.allProgress() }
            let shown = failing ? all.filter(\.isInTrouble) : all
            if json { return try Console.json(shown.map(SubscriptionView.init)) }
            if failing { return Self.printFailing(shown) }
            Console.table(
                ["ID", "AUDIENCE", "STATUS", "EVENTS", "DELIVERED", "DEAD", "ENDPOINT"],
                all.map { progress in
                    let subscription = progress.subscription
                    return [
                        subscription.id.description, subscription.audience.rawValue, progress.state,
                        "\(progress.lastNumber)", "\(progress.deliveredThrough)", "\(progress.deadLetters)",
                        subscription.endpoint,
                    ]
                }
            )
        }

        private static func printFailing(_ all: [SubscriptionProgress]) {
            guard !all.isEmpty else { return Console.line("Every subscription is well.") }
            Console.table(
                ["ID", "CLIENT", "STATUS", "WAITING", "DEAD", "CONTACT", "ERROR"],
                all.map { progress in
                    let subscription = progress.subscription
                    return [
                        subscription.id.description, subscription.client, progress.state,
                        "\(progress.lastNumber - progress.deliveredThrough)", "\(progress.deadLetters)",
                        subscription.contact.first ?? "-", subscription.statusText ?? progress.lastError ?? "-",
                    ]
                }
            )
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One subscription.")
        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The subscription's id.") var id: String
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            guard let uuid = UUID(uuidString: id),
                let progress = try await database.withStore({ try await $0.progress(of: SubscriptionID(uuid)) })
            else { throw CommandFailure("there is no subscription \(id); herald subscriptions lists all") }
            let view = SubscriptionView(progress)
            if json { return try Console.json(view) }
            for (name, value) in view.lines { Console.line("\(name): \(value)") }
        }
    }
}

extension SubscriptionProgress {
    /// Whether its owner has to know something.
    fileprivate var isInTrouble: Bool {
        subscription.status == .error || subscription.offBy == .server || hold != nil || deadLetters > 0
            || subscription.statusText.map { !$0.hasPrefix(Subscription.gapText) } ?? false
    }

    /// How it stands, in a word.
    fileprivate var state: String {
        switch hold {
        case _ where deletedAt != nil: "deleted"
        case _ where subscription.status == .off: subscription.status.rawValue
        case nil: subscription.status.rawValue
        case .parked: "parked"
        case .paused: "paused"
        }
    }
}

/// A subscription as the command prints it.
private struct SubscriptionView: Encodable {
    let id, audience, channel, status, reason, client, endpoint, content, payload, release: String
    let filter: SubscriptionFilter
    let maxCount: Int
    /// Seconds; 0 for no heartbeats.
    let timeout, heartbeat: Int64
    let end, deletedAt: Date?
    /// `Name: ********`.
    let headers, contact: [String]
    /// What its owner is told of failures.
    let error: String?
    let lastNumber, deliveredThrough: Int64
    let failedAttempts: Int
    let nextAttemptAt: Date?
    let lastError: String?
    /// `parked` or `paused`, where its lane stands still.
    let hold, pausedBy, pauseReason: String?
    let deadLetters: Int64

    init(_ progress: SubscriptionProgress) {
        let subscription = progress.subscription
        id = subscription.id.description
        audience = subscription.audience.rawValue
        channel = subscription.channel.rawValue
        status = subscription.status.rawValue
        reason = subscription.reason
        client = subscription.client
        endpoint = subscription.endpoint
        content = subscription.content.rawValue
        payload = subscription.payload
        release = subscription.release.rawValue
        filter = subscription.filter
        maxCount = subscription.maxCount
        timeout = subscription.timeout.components.seconds
        heartbeat = subscription.heartbeat?.components.seconds ?? 0
        end = subscription.end
        deletedAt = progress.deletedAt
        headers = subscription.headers.compactMap { HeaderLine($0)?.masked }
        contact = subscription.contact
        error = subscription.statusText
        lastNumber = progress.lastNumber
        deliveredThrough = progress.deliveredThrough
        failedAttempts = progress.attempt
        nextAttemptAt = progress.nextAttemptAt
        lastError = progress.lastError
        deadLetters = progress.deadLetters
        switch progress.hold {
        case nil: (hold, pausedBy, pauseReason) = (nil, nil, nil)
        case .parked: (hold, pausedBy, pauseReason) = ("parked", nil, nil)
        case .paused(let by, let reason): (hold, pausedBy, pauseReason) = ("paused", by, reason)
        }
    }

    var lines: [(String, String)] {
        var lines = [
            ("id", id), ("audience", audience), ("status", status), ("reason", reason), ("client", client),
            ("endpoint", endpoint), ("channel", channel), ("content", content), ("payload", payload),
            ("release", release), ("at once", "\(maxCount)"), ("time-out", "\(timeout) s"),
            ("filter", filter.words), ("events", "\(lastNumber)"),
            ("delivered", "\(deliveredThrough)"), ("waiting", "\(lastNumber - deliveredThrough)"),
        ]
        if heartbeat > 0 { lines.append(("heartbeat", "every \(heartbeat) s")) }
        if let end { lines.append(("end", end.ISO8601Format())) }
        if !contact.isEmpty { lines.append(("contact", contact.joined(separator: ", "))) }
        for header in headers { lines.append(("header", header)) }
        if let error { lines.append(("error", error)) }
        if let deletedAt { lines.append(("deleted", deletedAt.ISO8601Format())) }
        if failedAttempts > 0 {
            lines.append(("failed attempts", "\(failedAttempts), last: \(lastError ?? "unknown")"))
            lines.append(("next attempt", nextAttemptAt?.formatted(.iso8601) ?? "none"))
        }
        if failedAttempts == 0, let lastError {
            lines.append(("held back", "\(lastError): no fault of the endpoint's; the hub's log says what to mend"))
        }
        switch hold {
        case "parked": lines.append(("parked", "nothing is sent until: herald subscriptions resume \(id)"))
        case "paused":
            lines.append(("paused", "by \(pausedBy ?? "an operator")" + (pauseReason.map { ": \($0)" } ?? "")))
        default: break
        }
        if deadLetters > 0 {
            lines.append(("dead letters", "\(deadLetters); see herald deliveries dead --subscription \(id)"))
        }
        return lines
    }
}
