import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(2))) struct LaneStoreTests {
    private static let outage = AttemptOutcome.transient(.noResponse, retryAfter: nil)

    /// A subscription with so many undelivered events.
    private func withLane(
        events: Int,
        maxCount: Int = 1,
        _ body: (PostgresStore, PostgresPool, Subscription) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(maxCount: maxCount)
            try await store.create(subscription)
            try await ChangeWriter(pool).write((0..<events).map { SampleChange($0) })
            try await store.routeAll()
            try await body(store, pool, subscription)
        }
    }

    @Test func aLaneIsClaimedByOneAtATime() async throws {
        try await ScratchDatabase.withStore { store, pool in
            for _ in 0..<40 { try await store.create(.sample()) }
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            let claimed = try await withThrowingTaskGroup(of: [LaneClaim].self) { group in
                for _ in 0..<16 { group.addTask { try await store.claimLanes(limit: 7) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == Set(claimed.map(\.subscription.id)).count)
            let rest = try await store.claimLanes()
            #expect(claimed.count + rest.count == 40)
            #expect(try await store.claimLanes().isEmpty)
        }
    }

    @Test func onlyLanesOfTheChannelWithWorkAreClaimedUnlessIdleOnesSpeakToo() async throws {
        try await withLane(events: 1) { store, _, subscription in
            try await store.create(.sample(.subscriber, filter: SubscriptionFilter(vaccineTypes: ["MMR"])))
            let feed = Subscription.sample(
                .subscriber,
                channel: .feed,
                filter: SubscriptionFilter(vaccineTypes: ["MMR"])
            )
            try await store.create(feed)
            #expect(try await store.claimLanes(.feed).isEmpty)
            #expect(try await store.claimLanes(.feed, includingIdle: true).map(\.subscription.id) == [feed.id])
            #expect(try await store.claimLanes(.restHook).map(\.subscription.id) == [subscription.id])
        }
    }

    @Test func theSubscriptionComesBackAsItWasStored() async throws {
        try await ScratchDatabase.withStore { store, pool in
            var subscription = Subscription.sample(
                .subscriber,
                filter: SubscriptionFilter(patients: [.sample(1)], vaccineTypes: ["FLU", "MMR"]),
                content: .idOnly,
                maxCount: 7
            )
            subscription.timeout = .milliseconds(1500)
            try await store.create(subscription)
            #expect(try await store.progress(of: subscription.id)?.subscription == subscription)
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            #expect(try await store.claimLanes().map(\.subscription) == [subscription])
        }
    }

    @Test func aSupersededClaimWritesNothing() async throws {
        try await withLane(events: 2) { store, pool, subscription in
            let first = try #require(try await store.claimLanes(lease: .milliseconds(1)).first)
            let batch = try #require(
                try await store.advance(first, accepted: nil, bundleID: UUID(), lease: .milliseconds(1))
            )
            var claims: [LaneClaim] = []
            try await eventually {
                claims = try await store.claimLanes()
                return !claims.isEmpty
            }
            let second = claims[0]
            #expect(second.epoch > first.epoch)
            #expect(second.work == batch)

            let accepted = AttemptRecord(work: batch, outcome: .accepted(httpStatus: 202))
            await #expect(throws: LaneLost.self) {
                try await store.advance(first, accepted: accepted, bundleID: UUID(), lease: .seconds(60))
            }
            await #expect(throws: LaneLost.self) {
                try await store.retreat(first, failed: accepted, action: .switchOff)
            }
            await #expect(throws: LaneLost.self) { try await store.renew(first, lease: .seconds(60)) }
            await #expect(throws: LaneLost.self) {
                try await store.freezeRun(first, at: Date(), FeedSettings(odsCode: #require(ODSCode("X26"))), noted: 0)
            }
            try await store.release(first)
            try await store.postpone(first, .after(.seconds(3600)))
            #expect(try await store.claimLanes().isEmpty)
            #expect(try await pool.count("SELECT count(*) FROM delivery_attempt") == 0)
            #expect(try await store.progress(of: subscription.id)?.deliveredThrough == 0)
            try await store.drain(second)
            #expect(try await store.progress(of: subscription.id)?.deliveredThrough == 2)
        }
    }

    @Test func movingTheCursorFreezesTheNextBatch() async throws {
        try await withLane(events: 7, maxCount: 3) { store, pool, subscription in
            let claim = try #require(try await store.claimLanes().first)
            #expect(claim.work == nil)
            var ranges: [ClosedRange<Int64>] = []
            var batch = try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))?.frozen
            while let frozen = batch {
                ranges.append(frozen.numbers)
                let accepted = AttemptRecord(accepted: frozen.numbers)
                batch = try await store.advance(claim, accepted: accepted, bundleID: UUID(), lease: .seconds(60))?
                    .frozen
            }
            try await store.release(claim)
            #expect(ranges == [1...3, 4...6, 7...7])
            #expect(try await store.progress(of: subscription.id)?.deliveredThrough == 7)
            #expect(try await pool.count("SELECT count(*) FROM lane_ready") == 0)
            #expect(try await pool.count("SELECT count(*) FROM delivery_attempt WHERE outcome = 'accepted'") == 3)
            #expect(try await store.claimLanes().isEmpty)
        }
    }

    @Test func aFrozenBatchKeepsItsRangeItsIDAndItsTime() async throws {
        try await withLane(events: 2, maxCount: 5) { store, pool, _ in
            let id = UUID()
            let first = try #require(try await store.claimLanes().first)
            let batch = try #require(try await store.advance(first, accepted: nil, bundleID: id, lease: .seconds(60)))
            #expect(batch.numbers == 1...2)
            try await ChangeWriter(pool).write([SampleChange(8), SampleChange(9)])
            try await store.routeAll()
            try await store.retreat(
                first,
                failed: AttemptRecord(numbers: 1...2, outcome: Self.outage),
                action: .wait(.zero, failing: false)
            )
            let second = try #require(try await store.claimLanes().first)
            #expect(second.work?.frozen?.numbers == 1...2)
            #expect(second.work?.frozen?.bundleID == id)
            #expect(second.work?.frozen?.frozenAt == batch.frozen?.frozenAt)
            #expect(second.work?.frozen?.failures == 1)
            let accepted = AttemptRecord(accepted: 1...2)
            let next = try await store.advance(second, accepted: accepted, bundleID: UUID(), lease: .seconds(60))
            #expect(next?.numbers == 3...4)
            #expect(next?.frozen?.failures == 0)
            #expect(next?.frozen?.failingFor == .zero)
        }
    }

    @Test func aFailingLaneWaitsAloneAndShowsIt() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscriptions = [Subscription.sample(), .sample()]
            for subscription in subscriptions { try await store.create(subscription) }
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            let failing = try #require(try await store.claimLanes(limit: 1).first)
            _ = try await store.advance(failing, accepted: nil, bundleID: UUID(), lease: .seconds(60))
            try await store.retreat(
                failing,
                failed: AttemptRecord(numbers: 1...1, outcome: Self.outage),
                action: .wait(.seconds(1000), failing: true)
            )
            let other = try #require(try await store.claimLanes().first)
            #expect(other.subscription.id != failing.subscription.id)
            #expect(try await store.claimLanes().isEmpty)

            let progress = try #require(try await store.progress(of: failing.subscription.id))
            #expect(progress.subscription.status == .error)
            #expect(progress.attempt == 1)
            #expect(progress.lastError == "no-response")
            let wait = try #require(progress.nextAttemptAt).timeIntervalSinceNow
            #expect((900...1000).contains(wait))

            try await pool.query("UPDATE lane SET next_attempt_at = now(), first_failure_at = now() - interval '90 s'")
            let again = try #require(try await store.claimLanes().first)
            #expect(again.work?.frozen?.failures == 1)
            #expect((.seconds(90)...(.seconds(120))).contains(again.work?.frozen?.failingFor ?? .zero))
            try await store.drain(again)
            #expect(try await store.progress(of: failing.subscription.id)?.subscription.status == .active)
            #expect(try await store.progress(of: failing.subscription.id)?.nextAttemptAt == nil)
        }
    }

    @Test func aParkedLaneWaitsForAnOperatorAndKeepsItsEvents() async throws {
        try await withLane(events: 1) { store, _, subscription in
            let claim = try #require(try await store.claimLanes().first)
            _ = try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))
            let failed = AttemptRecord(numbers: 1...1, outcome: Self.outage)
            try await store.retreat(claim, failed: failed, action: .park)
            #expect(try await store.claimLanes().isEmpty)
            let progress = try #require(try await store.progress(of: subscription.id))
            #expect(progress.subscription.status == .error)
            #expect(progress.nextAttemptAt == nil)
            #expect(progress.lastNumber == 1)
        }
    }

    @Test func aSubscriptionThatItsEndpointGaveUpIsNotSentToAndItsEventsAreKept() async throws {
        try await withLane(events: 1) { store, pool, subscription in
            let claim = try #require(try await store.claimLanes().first)
            _ = try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))
            let failed = AttemptRecord(numbers: 1...1, outcome: .gone)
            try await store.retreat(claim, failed: failed, action: .switchOff)
            #expect(try await store.progress(of: subscription.id)?.subscription.status == .off)
            try await ChangeWriter(pool).write([SampleChange(1), SampleChange(2)])
            try await store.routeAll()
            #expect(try await store.progress(of: subscription.id)?.lastNumber == 3)
            #expect(try await store.claimLanes().isEmpty)
        }
    }

    /// The race of D-40, held open: a router has drawn a number and found the lane on the ready list, but not committed,
    /// when the courier finds nothing more to do.
    @Test func aNumberThatIsBeingDrawnIsWaitedForBeforeTheLaneGoesOffTheList() async throws {
        try await withLane(events: 1) { store, pool, subscription in
            let claim = try #require(try await store.claimLanes().first)
            _ = try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))
            let id = PostgresValue.uuid(subscription.id.uuid)
            let drawn = Flag()
            async let routed: Void = pool.withTransaction { router in
                try await router.query("UPDATE subscription_head SET last_number = 2 WHERE subscription_id = $1", [id])
                try await router.query("INSERT INTO lane_ready VALUES ($1) ON CONFLICT DO NOTHING", [id])
                drawn.raise()
                // Until the courier waits; one that does not is done before this gives up.
                let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                for _ in 0..<100 where try await pool.count(waiting) == 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            try await eventually { drawn.isRaised }
            let accepted = AttemptRecord(accepted: 1...1)
            let next = try await store.advance(claim, accepted: accepted, bundleID: UUID(), lease: .seconds(60))
            try await routed
            #expect(next?.numbers == 2...2)
            #expect(try await pool.count("SELECT count(*) FROM lane_ready") == 1)
        }
    }

    /// The same race as often as it comes about by itself.
    @Test func noWakeUpIsLostBetweenRouterAndCourier() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample(maxCount: 2))
            let writer = ChangeWriter(pool)
            let audit = RoutingAudit(pool)
            for round in 0..<250 {
                try await writer.write([SampleChange(round % 5)])
                async let routed: Void = store.routeAll()
                async let drained: Void = {
                    for claim in try await store.claimLanes() { try await store.drain(claim) }
                }()
                _ = try await (routed, drained)
                if round % 50 == 49 { try await audit.check() }
            }
            for claim in try await store.claimLanes() { try await store.drain(claim) }
            #expect(try await store.allProgress().allSatisfy { $0.deliveredThrough == 250 && $0.lastNumber == 250 })
            #expect(try await pool.count("SELECT count(*) FROM lane_ready") == 0)
        }
    }

    @Test func aPauseUntilTheNextSlotEndsAtAWholeMultiple() async throws {
        try await withLane(events: 1) { store, pool, _ in
            let claim = try #require(try await store.claimLanes().first)
            try await store.postpone(claim, .untilNext(.seconds(3600)))
            let sql = "SELECT count(*) FROM lane WHERE next_attempt_at = date_trunc('hour', now()) + interval '1 hour'"
            #expect(try await pool.count(sql) == 1)
            #expect(try await store.claimLanes().isEmpty)
        }
    }

    @Test func readyOriginsGoRoundFromWhereTheLastTurnWas() async throws {
        try await ScratchDatabase.withStore { store, pool in
            for (client, host) in [("a", "x"), ("a", "y"), ("a", "z"), ("b", "X"), ("b", "x:8443")] {
                try await store.create(.sample(client: client, endpoint: "https://\(host).nhs.uk/\(client)"))
            }
            func ready(
                _ after: [String: String] = [:],
                fullClients: [String] = [],
                fullOrigins: [String] = []
            ) async throws -> [String] {
                try await store.readyOrigins(
                    channel: .restHook,
                    after: after,
                    fullClients: fullClients,
                    fullOrigins: fullOrigins
                ).map { "\($0.client) \($0.origin.dropFirst(8))" }
            }
            #expect(try await ready().isEmpty)
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            let all = ["a x.nhs.uk", "a y.nhs.uk", "a z.nhs.uk", "b x.nhs.uk", "b x:8443.nhs.uk"]
            #expect(try await ready() == all)
            let turned = try await ready(["a": "https://y.nhs.uk", "c": "https://gone.nhs.uk"])
            #expect(turned == [all[2], all[0], all[1], all[3], all[4]])
            #expect(try await ready(fullClients: ["b"]) == Array(all.prefix(3)))
            #expect(try await ready(fullOrigins: ["https://x.nhs.uk"]) == [all[1], all[2], all[4]])

            // Lanes that wait are not there, and come back by themselves; a new address counts at once.
            try await pool.query("UPDATE lane SET next_attempt_at = now() + interval '1 hour'")
            #expect(try await ready().isEmpty)
            try await pool.query("UPDATE lane SET next_attempt_at = now()")
            try await pool.query("UPDATE subscription SET endpoint = 'https://new.nhs.uk:443/q' WHERE client = 'b'")
            #expect(try await ready(fullClients: ["a"]) == ["b new.nhs.uk"])
        }
    }

    @Test func sharesAreClaimedByOriginAndClientLongestDueFirst() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscriptions = (0..<6).map {
                Subscription.sample(client: $0 < 4 ? "a" : "b", endpoint: "https://o.nhs.uk/\($0)")
            }
            for subscription in subscriptions { try await store.create(subscription) }
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            try await pool.query(
                "UPDATE lane SET next_attempt_at = now() - interval '1 hour' WHERE subscription_id = $1",
                [.uuid(subscriptions[2].id.uuid)]
            )
            func claim(_ client: String, _ lanes: Int) async throws -> [LaneClaim] {
                try await store.claimLanes(
                    channel: .restHook,
                    shares: [LaneShare(client: client, origin: "https://o.nhs.uk", lanes: lanes)],
                    owner: UUID(),
                    lease: .seconds(60),
                    attemptLimit: .zero
                )
            }
            #expect(try await claim("a", 1).map(\.subscription) == [subscriptions[2]])
            #expect(try await claim("a", 10).count == 3)
            #expect(try await claim("a", 10).isEmpty)
            let rest = try await claim("b", 10)
            #expect(rest.allSatisfy { $0.subscription.client == "b" && $0.origin == "https://o.nhs.uk" })
            #expect(rest.count == 2)
        }
    }
}
