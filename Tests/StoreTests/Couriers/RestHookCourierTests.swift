import Deliveries
import Events
import Foundation
import HeraldTestKit
import Messages
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(1))) struct RestHookCourierTests {
    private static let outage = AttemptOutcome.transient(.noResponse, retryAfter: nil)

    /// A courier whose pauses after failures are a hundredth of the real ones at most.
    private func courier<Store: LaneStore & BreakerStore>(
        _ store: Store,
        _ poster: ScriptedPoster,
        lease: Duration = .seconds(60),
        inFlight: Int = 64
    ) -> RestHookCourier<Store, ScriptedPoster> {
        var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
        configuration.idlePause = .milliseconds(20)
        configuration.lease = lease
        configuration.attemptLimit = .zero
        configuration.limits.inFlight = inFlight
        let environment = CourierEnvironment(
            now: { Date(timeIntervalSince1970: 1_700_000_000) },
            jitter: { 0.002 }
        )
        return RestHookCourier(
            store: store,
            poster: poster,
            configuration: configuration,
            environment: environment,
            owner: UUID(),
            logger: .silent
        )
    }

    /// Subscriptions with the endpoints `https://0…`, `https://1…`, each with so many events.
    private func withSubscriptions(
        _ count: Int = 1,
        events: Int,
        maxCount: Int = 1,
        _ body: (PostgresStore, PostgresPool, [Subscription]) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore(connections: 16) { store, pool in
            let subscriptions = (0..<count).map {
                Subscription.sample(.nis, endpoint: "https://\($0).example.nhs.uk/", maxCount: maxCount)
            }
            for subscription in subscriptions { try await store.create(subscription) }
            try await ChangeWriter(pool).write((0..<events).map { SampleChange($0) })
            try await store.routeAll()
            try await body(store, pool, subscriptions)
        }
    }

    private func waitUntilDelivered(
        _ store: PostgresStore,
        where isMeant: @Sendable (Subscription) -> Bool = { _ in true }
    ) async throws {
        try await eventually(within: .seconds(20), "delivery of everything") {
            try await store.allProgress().filter { isMeant($0.subscription) }
                .allSatisfy { $0.deliveredThrough == $0.lastNumber }
        }
    }

    /// D-04, C-30, C-41.
    @Test func everythingIsDeliveredOnceAndInOrder() async throws {
        try await withSubscriptions(3, events: 31, maxCount: 4) { store, pool, subscriptions in
            let poster = ScriptedPoster()
            try await running([courier(store, poster)]) {
                try await waitUntilDelivered(store)
                // More, while it is running.
                for round in 0..<10 {
                    try await ChangeWriter(pool).write([SampleChange(round)])
                    try await store.routeAll()
                }
                try await waitUntilDelivered(store)
            }
            for subscription in subscriptions {
                let posts = poster.posts(to: subscription.endpoint)
                #expect(posts.flatMap { $0.numbers.map(Array.init) ?? [] } == Array(1...41))
                #expect(posts.allSatisfy { $0.headers["Herald-Attempt"] == "1" })
                #expect(posts.allSatisfy { $0.headers["Herald-Subscription"] == subscription.id.description })
                #expect(Set(posts.compactMap { $0.headers["webhook-id"] }).count == posts.count)
                let events = try posts.flatMap { try ReceivedNotification(parsing: $0.body).events }
                #expect(events.map(\.number) == Array(1...41))
            }
            #expect(try await pool.count("SELECT count(*) FROM lane WHERE lease_until IS NOT NULL") == 0)
        }
    }

    /// D-03, D-10, C-42.
    @Test func aRetryHasTheSameBytesAndID() async throws {
        try await withSubscriptions(events: 3, maxCount: 10) { store, pool, _ in
            let poster = ScriptedPoster { _, before in before < 3 ? Self.outage : .accepted(httpStatus: 200) }
            try await running([courier(store, poster)]) {
                try await eventually { !poster.posts.isEmpty }
                // What comes later does not join a batch that was tried.
                try await ChangeWriter(pool).write([SampleChange(9)])
                try await store.routeAll()
                try await waitUntilDelivered(store)
            }
            let posts = poster.posts
            #expect(posts.map(\.numbers) == [1...3, 1...3, 1...3, 1...3, 4...4])
            #expect(posts.map { $0.headers["Herald-Attempt"] } == ["1", "2", "3", "4", "1"])
            #expect(Set(posts.prefix(4).map(\.body)).count == 1)
            #expect(Set(posts.prefix(4).map { $0.headers["webhook-id"] }).count == 1)
            #expect(posts[4].headers["webhook-id"] != posts[0].headers["webhook-id"])
            let log = try await pool.query("SELECT outcome FROM delivery_attempt ORDER BY id")
            #expect(
                try log.map { try $0.decode("outcome", as: String.self) }
                    == ["no-response", "no-response", "no-response", "accepted", "accepted"]
            )
        }
    }

    @Test func aCourierThatIsKilledIsSucceededByOneThatSendsTheSameBytes() async throws {
        try await withSubscriptions(events: 2, maxCount: 2) { store, _, _ in
            let gate = Gate()
            let first = ScriptedPoster { _, _ in
                await gate.pass()
                return .accepted(httpStatus: 200)
            }
            try await runningUntilCancelled(courier(store, first, lease: .milliseconds(100))) {
                try await eventually { gate.waitingCount == 1 }
                gate.open()
            }
            let second = ScriptedPoster()
            try await running([courier(store, second)]) { try await waitUntilDelivered(store) }
            // At most the one batch twice, with the same bytes and id.
            for post in second.posts {
                #expect(post.body == first.posts[0].body)
                #expect(post.headers["webhook-id"] == first.posts[0].headers["webhook-id"])
            }
        }
    }

    /// T-09: the endpoint has it, the database does not know.
    @Test func anAcceptedBatchThatCouldNotBeNotedIsSentAgainWithTheSameBytes() async throws {
        try await withSubscriptions(events: 2, maxCount: 2) { store, pool, _ in
            try await ScratchDatabase.withStore(named: "courier") { other, _ in
                let poster = ScriptedPoster { _, before in
                    if before == 0 { try? await pool.endSessions(named: "courier") }
                    return .accepted(httpStatus: 200)
                }
                try await running([courier(other, poster, lease: .milliseconds(200))]) {
                    try await eventually { poster.posts.count >= 1 }
                    try await eventually {
                        // The pause after a fault is not what this is about.
                        try await pool.query("UPDATE lane SET next_attempt_at = now() WHERE next_attempt_at > now()")
                        return try await store.allProgress().allSatisfy { $0.deliveredThrough == 2 }
                    }
                }
                #expect(Set(poster.posts.map(\.body)).count == 1)
                #expect(Set(poster.posts.map { $0.headers["webhook-id"] }).count == 1)
            }
        }
    }

    @Test func shutdownFinishesTheAttemptInHandAndGivesTheLaneBack() async throws {
        try await withSubscriptions(events: 3) { store, pool, _ in
            let gate = Gate()
            let poster = ScriptedPoster { _, _ in
                await gate.pass()
                return .accepted(httpStatus: 200)
            }
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [courier(store, poster)], logger: .silent)
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await eventually { gate.waitingCount == 1 }
                await group.triggerGracefulShutdown()
                gate.open()
                try await tasks.waitForAll()
            }
            #expect(poster.posts.count == 1)
            #expect(try await store.allProgress().map(\.deliveredThrough) == [1])
            #expect(try await pool.count("SELECT count(*) FROM lane WHERE lease_until IS NOT NULL") == 0)
            #expect(try await store.claimLanes().count == 1)
        }
    }

    /// T-10: failing and hanging endpoints hold up nobody else.
    ///
    /// D-06, D-21.
    @Test func aBadEndpointDelaysNobodyElse() async throws {
        try await withSubscriptions(20, events: 20) { store, _, subscriptions in
            let gate = Gate()
            let failing = subscriptions[0].endpoint
            let hanging = subscriptions[1].endpoint
            let poster = ScriptedPoster { post, _ in
                if post.endpoint == failing { return .misconfigured(httpStatus: 404) }
                if post.endpoint == hanging { await gate.pass() }
                return .accepted(httpStatus: 202)
            }
            try await running([courier(store, poster, inFlight: 8)]) {
                try await waitUntilDelivered(store) { $0.endpoint != failing && $0.endpoint != hanging }
                #expect(poster.posts(to: hanging).count == 1)
                #expect(poster.posts(to: failing).allSatisfy { $0.numbers == 1...1 })
                gate.open()
            }
            let progress = try await store.allProgress()
            #expect(progress.first { $0.subscription.endpoint == failing }?.deliveredThrough == 0)
        }
    }

    /// T-12.
    @Test func goneSwitchesOffAndNothingIsSentAnyMore() async throws {
        try await withSubscriptions(2, events: 4) { store, pool, subscriptions in
            let gone = subscriptions[0].endpoint
            let poster = ScriptedPoster { post, _ in post.endpoint == gone ? .gone : .accepted(httpStatus: 202) }
            try await running([courier(store, poster)]) {
                try await waitUntilDelivered(store) { $0.endpoint != gone }
                try await eventually {
                    try await store.progress(of: subscriptions[0].id)?.subscription.status == .off
                }
                try await ChangeWriter(pool).write([SampleChange(7)])
                try await store.routeAll()
                try await waitUntilDelivered(store) { $0.endpoint != gone }
            }
            #expect(poster.posts(to: gone).count == 1)
            let progress = try #require(try await store.progress(of: subscriptions[0].id))
            // The events are kept, also those that come after.
            #expect(progress.lastNumber == 5)
            #expect(progress.deliveredThrough == 0)
        }
    }

    @Test func aBatchThatHasFailedForThreeDaysParksItsLane() async throws {
        try await withSubscriptions(events: 2) { store, pool, subscriptions in
            let poster = ScriptedPoster { _, _ in Self.outage }
            try await running([courier(store, poster)]) {
                try await eventually { poster.posts.count >= 2 }
                try await pool.query("UPDATE lane SET first_failure_at = now() - interval '73 hours'")
                try await eventually {
                    let progress = try await store.progress(of: subscriptions[0].id)
                    return progress?.attempt ?? 0 > 1 && progress?.nextAttemptAt == nil
                }
            }
            let progress = try #require(try await store.progress(of: subscriptions[0].id))
            #expect(progress.subscription.status == .error)
            #expect(progress.deliveredThrough == 0)
        }
    }

    /// D-20.
    @Test func twoCouriersShareTheLanesAndNeverOneOfThem() async throws {
        try await withSubscriptions(12, events: 25) { store, _, subscriptions in
            let inHand = Mutex<Set<String>>([])
            let poster = ScriptedPoster { post, _ in
                #expect(inHand.withLock { $0.insert(post.endpoint).inserted }, "one request in flight a lane")
                await Task.yield()
                _ = inHand.withLock { $0.remove(post.endpoint) }
                return .accepted(httpStatus: 202)
            }
            try await running([courier(store, poster, inFlight: 4), courier(store, poster, inFlight: 4)]) {
                try await waitUntilDelivered(store)
            }
            for subscription in subscriptions {
                let numbers = poster.posts(to: subscription.endpoint).compactMap(\.numbers?.lowerBound)
                #expect(numbers == Array(1...25))
            }
        }
    }
}
