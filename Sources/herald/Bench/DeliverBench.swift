import Deliveries
import Events
import Feeds
import Foundation
import Logging
import Outbound
import ServiceLifecycle
import Store
import Subscriptions

/// Measures deliveries: a backlog that is drained, and events that come in meanwhile, with the hub's own courier.
struct DeliverBench: Sendable {
    /// Subscriptions, all of one client.
    let subscriptions: Int
    let maxCount: Int
    /// Events of the backlog, over all subscriptions.
    let events: Int
    /// How long events come in afterwards.
    let seconds: Int
    /// Whether each subscription has an address of its own, so that one that is away can be added.
    let ownAddresses: Bool
    let logger: Logger
    /// As in a hub that has both roles: the router wakes the courier.
    private let bell = Bell()

    /// Lanes in hand at once; more than a few dozen only wait for each other.
    private static let inFlight = 64

    /// The figures of one run.
    struct Figures: Encodable {
        let subscriptions: Int
        let maxCount: Int
        let events: Int
        let notifications: Int
        let bytesPerNotification: Int
        let seconds: Double
        let eventsPerSecond: Int
        let notificationsPerSecond: Int
        /// The same bytes posted by a bare client over as many connections, in the same run.
        let limitNotificationsPerSecond: Int
        let ratioToLimit: Double
        let live: Delays
        /// The same with one more subscription, whose endpoint never answers.
        let liveBesideOneAway: Delays?
        /// Its 99th percentile by that without it: T-10 allows 0.9 to 1.1.
        let p99RatioBesideOneAway: Double?
    }

    /// From a commit to the endpoint's acceptance.
    struct Delays: Encodable {
        let events: Int
        let p50Milliseconds: Double
        let p99Milliseconds: Double
    }

    /// Runs it on a store that holds nothing yet.
    func run(_ store: PostgresStore) async throws -> Figures {
        MetricsSetup.begin()
        let sink = DeliverSink()
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let client = try OutboundClient()
        return try await with([sink.service(logger: logger) { listening.yield($0) }]) {
            guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
            for number in 0..<subscriptions { try await store.create(subscription(number, port: port)) }
            let perSubscription = max(events / subscriptions, 1)
            try await takeIn(rows: perSubscription, seed: 1, store)
            let total = perSubscription * subscriptions
            try await with([router(store)]) {
                try await wait("the routing of \(total) events") { try await store.deliveryTotals().numbered == total }
            }
            let clock = ContinuousClock()
            let elapsed = try await with([courier(store, client)]) {
                try await clock.measure {
                    try await wait("the delivery of \(total) events") {
                        try await store.deliveryTotals().accepted == total
                    }
                } / .seconds(1)
            }
            let drained = sink.taken
            let rate = Double(drained.posts) / elapsed
            let limit = try await DeliverLimit(
                url: "http://127.0.0.1:\(port)/limit",
                connections: min(subscriptions, Self.inFlight),
                bodies: sink.samples
            ).measure(posts: min(drained.posts, 20_000))
            let pace = min(max(Double(total) / elapsed / 4 / Double(subscriptions), 0.5), 20)
            let alone = try await live(store, client, rowsPerSecond: pace, firstSeed: 2)
            var besideOneAway: Delays?
            if ownAddresses {
                besideOneAway = try await Silence.with { silent in
                    try await store.create(self.silent(at: silent))
                    return try await live(store, client, rowsPerSecond: pace, firstSeed: 1500)
                }
            }
            return Figures(
                subscriptions: subscriptions,
                maxCount: maxCount,
                events: total,
                notifications: drained.posts,
                bytesPerNotification: drained.bytes / max(drained.posts, 1),
                seconds: (elapsed * 1000).rounded() / 1000,
                eventsPerSecond: Int(Double(total) / elapsed),
                notificationsPerSecond: Int(rate),
                limitNotificationsPerSecond: Int(limit),
                ratioToLimit: (rate / limit * 1000).rounded() / 1000,
                live: alone,
                liveBesideOneAway: besideOneAway,
                p99RatioBesideOneAway: besideOneAway.map {
                    ($0.p99Milliseconds / alone.p99Milliseconds * 1000).rounded() / 1000
                }
            )
        }
    }

    /// Lets events come in at a pace the courier keeps up with, and looks how long each took.
    private func live(
        _ store: PostgresStore,
        _ client: OutboundClient,
        rowsPerSecond: Double,
        firstSeed: UInt64
    ) async throws -> Delays {
        let from = try await store.lastAttempt()
        let worker = FeedWorker(store: store, configuration: FeedWorkerConfiguration(), owner: UUID(), logger: logger)
        try await with([router(store), courier(store, client), worker]) {
            for number in 0..<max(Int(Double(seconds) * rowsPerSecond), 1) {
                try await receive(rows: 1, seed: firstSeed + UInt64(number), store)
                try await Task.sleep(for: .seconds(1 / rowsPerSecond))
            }
            try await wait("the delivery of what came in") {
                let totals = try await store.deliveryTotals()
                return try await store.isQuiet() && totals.accepted == totals.numbered
            }
        }
        guard let delays = try await store.deliveryDelays(after: from) else {
            throw CommandFailure("nothing was delivered in \(seconds) s; this is an error of Herald")
        }
        return Delays(events: delays.events, p50Milliseconds: delays.p50, p99Milliseconds: delays.p99)
    }

    private func subscription(_ number: Int, port: Int) -> Subscription {
        let host = ownAddresses ? "127.0.\(1 + number / 250).\(1 + number % 250)" : "127.0.0.1"
        return make("bench", "http://\(host):\(port)/\(number)")
    }

    /// A subscription whose endpoint takes connections and says nothing.
    private func silent(at port: Int) -> Subscription { make("away", "http://127.0.0.1:\(port)/") }

    private func make(_ reason: String, _ endpoint: String) -> Subscription {
        Subscription(
            id: SubscriptionID(UUID()),
            audience: .subscriber,
            channel: .restHook,
            reason: reason,
            client: "bench",
            endpoint: endpoint,
            maxCount: maxCount,
            createdAt: Date()
        )
    }

    /// The hub's courier, without the limits that spare endpoints.
    private func courier(_ store: PostgresStore, _ client: OutboundClient) -> any Service {
        var configuration = CourierConfiguration(publicURL: "http://127.0.0.1:8480", version: Herald.version)
        configuration.limits.inFlight = Self.inFlight
        configuration.limits.inFlightPerClient = Self.inFlight
        configuration.limits.inFlightPerOrigin = Self.inFlight
        configuration.limits.ratePerOrigin = 1_000_000
        configuration.limits.burstPerOrigin = 1_000_000
        var policy = AddressPolicy()
        policy.isDevelopment = true
        return RestHookCourier(
            store: store,
            poster: RestHookClient(client: client, policy: policy),
            configuration: configuration,
            owner: UUID(),
            bell: bell,
            logger: logger
        )
    }

    private func router(_ store: PostgresStore) -> any Service {
        let log = EmbeddedEventLog(store: store, owner: UUID(), logger: logger)
        return Router(log: log, store: store, logger: logger) { [bell] in bell.ring() }
    }

    /// Takes a feed in to its end.
    private func takeIn(rows: Int, seed: UInt64, _ store: PostgresStore) async throws {
        let worker = FeedWorker(store: store, configuration: FeedWorkerConfiguration(), owner: UUID(), logger: logger)
        try await with([worker]) {
            let id = try await receive(rows: rows, seed: seed, store)
            try await wait("the intake of \(rows) rows") { try await store.summary(of: id)?.status.isFinal ?? false }
        }
    }

    @discardableResult
    private func receive(rows: Int, seed: UInt64, _ store: PostgresStore) async throws -> FeedID {
        let stream = SampleFeedStream(rows: rows, seed: seed, now: Date())
        return try await FeedReceiver(store: store)
            .receive(named: stream.fileName, from: .operators("bench"), AsyncChunks(stream: stream))
    }

    /// Runs services while the body does its work.
    private func with<Result: Sendable>(
        _ services: [any Service],
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result
            do {
                result = try await body()
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    private func wait(_ what: String, _ isDone: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(1800)
        while try await !isDone() {
            guard ContinuousClock.now < deadline else { throw CommandFailure("\(what) took more than half an hour") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
