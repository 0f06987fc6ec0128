import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing

/// Breakers, limits and fairness over many lanes (`delivery.md` §6, §7).
@Suite(.herald, .timeLimit(.minutes(2))) struct OriginTrafficTests {
    private static let outage = AttemptOutcome.transient(.noResponse, retryAfter: nil)

    /// §6: many lanes of an origin that is away make few attempts, and all are delivered when it is back.
    @Test func anOriginThatIsAwayIsProbedByOneLaneAtATime() async throws {
        let subscriptions = (0..<30).map {
            Subscription.sample(client: "a", endpoint: "https://away.example.nhs.uk/\($0)")
        }
        try await CourierWorld.with(subscriptions, events: 1) { store, _ in
            let isBack = Flag()
            let inFlight = Mutex((now: 0, highest: 0))
            let poster = ScriptedPoster { _, _ in
                inFlight.withLock { $0 = ($0.now + 1, max($0.highest, $0.now + 1)) }
                defer { inFlight.withLock { $0.now -= 1 } }
                await Task.yield()
                return isBack.isRaised ? .accepted(httpStatus: 200) : Self.outage
            }
            var limits = DeliveryLimits()
            limits.inFlightPerOrigin = 4
            limits.ratePerOrigin = 10_000
            try await running([CourierWorld.courier(store, poster, limits: limits, jitter: 0.02)]) {
                try await eventually { try await store.breakers().first?.trips ?? 0 >= 3 }
                // Those that opened it or were on their way then, and one probe for each time it opened again.
                let trips = try #require(try await store.breakers().first).trips
                #expect(poster.posts.count <= 5 + limits.inFlightPerOrigin + trips + 2)
                isBack.raise()
                try await eventually(within: .seconds(60)) { try await store.breakers().first?.state == .closed }
            }
            #expect(inFlight.withLock(\.highest) <= 4)
        }
    }

    @Test func anotherProcessLearnsThatAnOriginIsAway() async throws {
        let subscription = Subscription.sample(client: "a", endpoint: "https://away.example.nhs.uk/x")
        try await CourierWorld.with([subscription], events: 1) { store, _ in
            try await store.note(
                BreakerChange(
                    origin: "https://away.example.nhs.uk",
                    state: .open,
                    trips: 4,
                    probeIn: .seconds(3600)
                )
            )
            // A restart is not a reason to try everything now (D-33).
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster)]) {
                try await Task.sleep(for: .milliseconds(300))
                #expect(poster.posts.isEmpty)
                try await store.force("https://away.example.nhs.uk", .closed, by: "an operator", reason: "it is back")
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            let standing = try #require(try await store.breakers().first)
            #expect(standing.override == .closed)
            #expect(standing.forcedBy == "an operator")
            #expect(standing.reason == "it is back")
        }
    }

    @Test func anOperatorStopsAnOriginAndLetsItGoOn() async throws {
        let stopped = Subscription.sample(client: "a", endpoint: "https://stopped.example.nhs.uk:443/x")
        let other = Subscription.sample(client: "a", endpoint: "https://other.example.nhs.uk/x")
        try await CourierWorld.with([stopped, other], events: 3) { store, _ in
            let origin = "https://stopped.example.nhs.uk"
            try await store.force(origin, .open, by: "an operator", reason: nil)
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster)]) {
                try await CourierWorld.waitUntilDelivered(store, [other])
                #expect(poster.posts(to: stopped.endpoint).isEmpty)
                try await store.force(origin, nil, by: "an operator", reason: nil)
                try await CourierWorld.waitUntilDelivered(store, [stopped])
            }
        }
    }

    /// T-10: 10,000 ready subscriptions of one client, all of them hanging, leave another client's as they were.
    @Test func aClientWithTenThousandSubscriptionsKeepsNobodyElseWaiting() async throws {
        let small = Subscription.sample(client: "small", endpoint: "https://small.example.nhs.uk/")
        try await CourierWorld.with([small], events: 20) { store, pool in
            for statement in [
                """
                INSERT INTO subscription (id, audience, channel, status, reason, client, filter, endpoint)
                SELECT gen_random_uuid(), 'subscriber', 'rest-hook', 'active', '', 'big', '{}',
                    'https://big' || i % 100 || '.example.nhs.uk/' || i FROM generate_series(1, 10000) i
                """,
                "INSERT INTO lane (subscription_id, channel) SELECT id, channel FROM subscription WHERE client = 'big'",
                "INSERT INTO subscription_head SELECT id, 1 FROM subscription WHERE client = 'big'",
                """
                INSERT INTO subscription_event SELECT s.id, 1, e.record_id, e.change, e.shape FROM subscription s
                CROSS JOIN (SELECT record_id, change, shape FROM subscription_event LIMIT 1) e WHERE s.client = 'big'
                """,
                // All of them have been waiting for longer.
                "UPDATE lane SET next_attempt_at = now() - interval '1 hour' WHERE subscription_id IN "
                    + "(SELECT id FROM subscription WHERE client = 'big')",
                "INSERT INTO lane_ready SELECT id FROM subscription WHERE client = 'big'",
                "ANALYZE",
            ] {
                try await pool.query(statement)
            }
            let gate = Gate()
            let poster = ScriptedPoster { post, _ in
                if post.endpoint != small.endpoint { await gate.pass() }
                return .accepted(httpStatus: 202)
            }
            var limits = DeliveryLimits()
            limits.inFlight = 60
            limits.inFlightPerClient = 50
            try await running([CourierWorld.courier(store, poster, limits: limits)]) {
                try await CourierWorld.waitUntilDelivered(store, [small])
                #expect(
                    poster.posts.count - 20 <= 50,
                    "the other client has what its limit allows in hand, and no more"
                )
                #expect(poster.posts(to: small.endpoint).compactMap(\.numbers?.lowerBound) == Array(1...20))
                try await pool.query("UPDATE subscription SET status = 'off', off_by = 'client' WHERE client = 'big'")
                gate.open()
            }
        }
    }

    @Test func noOriginGetsMoreAtOnceThanItsLimit() async throws {
        let subscriptions = (0..<12).map {
            Subscription.sample(client: "c\($0 % 3)", endpoint: "https://one.example.nhs.uk/\($0)")
        }
        try await CourierWorld.with(subscriptions, events: 5) { store, _ in
            let inFlight = Mutex((now: 0, highest: 0))
            let poster = ScriptedPoster { _, _ in
                inFlight.withLock { $0 = ($0.now + 1, max($0.highest, $0.now + 1)) }
                try? await Task.sleep(for: .milliseconds(20))
                inFlight.withLock { $0.now -= 1 }
                return .accepted(httpStatus: 202)
            }
            var limits = DeliveryLimits()
            limits.inFlightPerOrigin = 3
            limits.ratePerOrigin = 10_000
            limits.burstPerOrigin = 10_000
            try await running([CourierWorld.courier(store, poster, limits: limits)]) {
                try await CourierWorld.waitUntilDelivered(store, subscriptions)
            }
            #expect(inFlight.withLock(\.highest) == 3)
            #expect(poster.posts.count == 60)
        }
    }

    /// D-31: a pause that was asked for outlives the breaker.
    @Test func lanesThatWereAskedForAPauseKeepItWhenTheOriginIsBack() async throws {
        let subscriptions = (0..<2).map { Subscription.sample(client: "a", endpoint: "https://o.example.nhs.uk/\($0)") }
        try await CourierWorld.with(subscriptions, events: 1) { store, _ in
            let pauses: [Duration?] = [nil, .seconds(1800)]
            for (claim, pause) in zip(try await store.claimLanes(), pauses) {
                let work = try #require(
                    try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))
                )
                let failed = AttemptRecord(
                    work: work,
                    outcome: .transient(.errorResponse(httpStatus: 503), retryAfter: pause)
                )
                try await store.retreat(claim, failed: failed, action: .wait(.seconds(1800), failing: false))
            }
            try await store.note(
                BreakerChange(origin: "https://o.example.nhs.uk", state: .closed, trips: 0, probeIn: nil)
            )
            let waits = try await store.allProgress().compactMap(\.nextAttemptAt?.timeIntervalSinceNow).sorted()
            #expect(waits.count == 2)
            #expect(waits[0] < 15)
            #expect(waits[1] > 1500)
        }
    }
}
