import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing

/// D-54: delivered events are kept for their time, and what later changes rest on is kept for good.
@Suite(.herald, .timeLimit(.minutes(2))) struct EventPruningTests {
    private static let age: Duration = DeliveryKeeper.eventRetention

    private func deliver(_ store: PostgresStore, _ subscriptions: [Subscription]) async throws {
        try await running([CourierWorld.courier(store, ScriptedPoster())]) {
            try await CourierWorld.waitUntilDelivered(store, subscriptions)
        }
    }

    private func prune(_ store: PostgresStore, _ pool: PostgresPool) async throws {
        try await pool.query("UPDATE event SET routed_at = routed_at - interval '91 days'")
        while try await store.clearEvents(olderThan: Self.age) {}
    }

    @Test("D-54, D-84: of each record the last event stays, and its subscriber hears of what comes later")
    func theLastEventOfEachRecordStays() async throws {
        let subscription = Subscription.sample(.subscriber)
        try await CourierWorld.with([subscription], events: 2) { store, pool in
            try await ChangeWriter(pool).write([SampleChange(0), SampleChange(0)])
            try await store.routeAll()
            try await deliver(store, [subscription])
            #expect(try await pool.count("SELECT count(*) FROM event") == 4)
            try await prune(store, pool)
            #expect(try await pool.count("SELECT count(*) FROM event") == 2)
            #expect(try await pool.count("SELECT count(*) FROM subscription_event") == 2)
            // No number is passed off as complete that is not.
            let stored = try await store.storedEvents(of: subscription.id, numbers: 1...10, limit: 10)
            #expect(stored.oldest == 5 && stored.events.isEmpty)
            let plans = try await store.planResends(
                ResendRequest(DeliverySelection(subscription: subscription.id), from: 1),
                isProduction: true
            )
            #expect(plans.isEmpty)
            // A removal still reaches whoever was told of the record, and a change that comes again is still known.
            try await ChangeWriter(pool).write([SampleChange(1, removes: true)])
            try await store.routeAll()
            #expect(try await store.progress(of: subscription.id)?.lastNumber == 5)
            let removal = try await store.storedEvents(of: subscription.id, numbers: 1...10, limit: 10)
            #expect(removal.events.map(\.event.number) == [5] && removal.events.first?.event.shape == .delete)
        }
    }

    @Test("D-01, D-54: what is young, not delivered or set aside stays")
    func whatIsStillNeededStays() async throws {
        let subscription = Subscription.sample(.subscriber)
        try await CourierWorld.with([subscription], events: 1) { store, pool in
            try await ChangeWriter(pool).write([SampleChange(0)])
            try await store.routeAll()
            try await prune(store, pool)
            #expect(try await pool.count("SELECT count(*) FROM subscription_event") == 2)
            _ = try await store.setAside(subscription.id, through: 1, by: "test", reason: "a test")
            try await deliver(store, [subscription])
            try await pool.query("UPDATE event_retention SET pruned_through = '-infinity'")
            while try await store.clearEvents(olderThan: Self.age) {}
            #expect(try await pool.count("SELECT count(*) FROM subscription_event") == 2)
            // Young ones are not looked at.
            try await ChangeWriter(pool).write([SampleChange(0), SampleChange(0)])
            try await store.routeAll()
            try await deliver(store, [subscription])
            while try await store.clearEvents(olderThan: Self.age) {}
            #expect(try await pool.count("SELECT count(*) FROM subscription_event") == 4)
        }
    }
}
