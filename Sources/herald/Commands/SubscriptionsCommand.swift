import Access
import ArgumentParser
import Events
import Feeds
import Foundation
import Outbound
import Store
import Subscriptions
import Vaccination

/// `herald subscriptions`: who is told of what, and how far each has got.
struct SubscriptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriptions",
        abstract: "Create, list, hold and repair subscriptions. Works on the database, beside the hub.",
        discussion: "What was tried for them and what was set aside is shown by herald deliveries.",
        subcommands: [
            Create.self, List.self, Show.self, Pause.self, Resume.self, Replay.self, Secret.self,
        ],
        defaultSubcommand: List.self
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Subscribe an endpoint to vaccination events by FHIR R4 REST hook.",
            discussion: """
                Filters are joined by AND, the values of one filter by OR; without a filter every event of a known \
                patient is sent. Events from now on are numbered from 1 without gaps and arrive in order.
                """
        )
        @OptionGroup var database: DatabaseOptions
        @Option(help: "Where notifications are posted: an https URL (http only where HERALD_DEVELOPMENT is true).")
        var endpoint: String
        @Option(help: "Why it exists.") var reason = "Created by an operator"
        @Option(help: "The client it belongs to.") var client = "operator"
        @OptionGroup(title: "Filters") var filters: FilterOptions
        @Option(help: "empty, id-only or full-resource.") var content = Subscription.Content.fullResource
        @Option(help: "Events in one notification at most, 1 to 100.") var maxCount = 1
        @Option(help: "Who makes the change, for the record.") var by = Operator.name
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let subscription = try await subscription()
            let command = OperatorCommand("herald subscriptions create", by: by)
            try await database.withStore(for: command) { try await $0.create(subscription) }
            if json {
                try Console.json(["id": subscription.id.description])
            } else {
                Console.line(subscription.id.description)
            }
        }

        private func subscription() async throws -> Subscription {
            try await checkEndpoint()
            guard (1...100).contains(maxCount) else { throw CommandFailure("--max-count must be 1 to 100") }
            let types = try await database.withStore { try await $0.reference() }.vaccineTypes
            return Subscription(
                id: SubscriptionID(UUID()),
                audience: .subscriber,
                channel: .restHook,
                reason: reason,
                client: client,
                filter: try filters.filter(types),
                endpoint: endpoint,
                content: content,
                maxCount: maxCount,
                createdAt: Date()
            )
        }

        /// The rules are the hub's, with the networks that are open to the client.
        private func checkEndpoint() async throws {
            let owner = ClientID(client)
            let registered = try await database.withStore { store in
                if let owner { try await store.client(owner) } else { RegisteredClient?.none }
            }
            let policy = try AddressPolicy(reader: database.reader()).reopening(for: registered)
            do throws(EndpointURLError) {
                try await policy.check(endpoint)
            } catch {
                throw CommandFailure("--endpoint: \(error)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All subscriptions, oldest first.")
        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let all = try await database.withStore { try await $0.allProgress() }
            if json { return try Console.json(all.map(SubscriptionView.init)) }
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

extension Subscription.Content: ExpressibleByArgument {}

extension SubscriptionProgress {
    /// How it stands, in a word.
    fileprivate var state: String {
        switch hold {
        case _ where subscription.status == .off: subscription.status.rawValue
        case nil: subscription.status.rawValue
        case .parked: "parked"
        case .paused: "paused"
        }
    }
}

/// A subscription as the command prints it.
private struct SubscriptionView: Encodable {
    let id, audience, channel, status, reason, client, endpoint, content: String
    let filter: SubscriptionFilter
    let maxCount: Int
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
        filter = subscription.filter
        maxCount = subscription.maxCount
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
            ("endpoint", endpoint), ("channel", channel), ("content", content), ("at once", "\(maxCount)"),
            ("filter", filter.words), ("events", "\(lastNumber)"),
            ("delivered", "\(deliveredThrough)"), ("waiting", "\(lastNumber - deliveredThrough)"),
        ]
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
