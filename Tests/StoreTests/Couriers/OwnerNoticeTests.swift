import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing

/// Owners read in `Subscription.error` what their endpoint does, and what happens next.
@Suite(.herald, .timeLimit(.minutes(2))) struct OwnerNoticeTests {
    private func text(_ store: PostgresStore, _ id: SubscriptionID) async throws -> String? {
        try await store.progress(of: id)?.subscription.statusText
    }

    @Test("delivery.md §5: what only the owner can mend is told at once, and forgotten with the first success")
    func whatOnlyTheOwnerCanMendIsToldAtOnce() async throws {
        let subscription = Subscription.sample(.subscriber)
        try await CourierWorld.with([subscription], events: 1) { store, _ in
            let isMended = Flag()
            let poster = ScriptedPoster { _, _ in
                isMended.isRaised ? .accepted(httpStatus: 202) : .misconfigured(httpStatus: 401)
            }
            try await running([CourierWorld.courier(store, poster)]) {
                try await eventually(within: .seconds(40), "the owner is told") {
                    try await text(store, subscription.id) != nil
                }
                let told = try #require(try await text(store, subscription.id))
                #expect(
                    told.hasPrefix("HTTP 401 from the endpoint since ") && told.hasSuffix("Z; tried again by itself")
                )
                isMended.raise()
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(try await text(store, subscription.id) == nil)
        }
    }

    @Test("D-32: after 72 hours the lane parks, its owner is told, and resumed it goes on with the oldest event")
    func afterThreeDaysTheLaneParks() async throws {
        let subscription = Subscription.sample(.subscriber)
        try await CourierWorld.with([subscription], events: 3) { store, pool in
            let isBack = Flag()
            let poster = ScriptedPoster { _, _ in
                if isBack.isRaised { return .accepted(httpStatus: 202) }
                // By the database's clock it has been failing for three days.
                try await pool.query("UPDATE lane SET first_failure_at = now() - interval '73 hours' WHERE attempt > 0")
                return .transient(.noResponse, retryAfter: nil)
            }
            try await running([CourierWorld.courier(store, poster)]) {
                try await eventually(within: .seconds(40), "the lane parks") {
                    try await store.progress(of: subscription.id)?.hold == .parked
                }
                let parked = try #require(try await store.progress(of: subscription.id))
                #expect(parked.subscription.status == .error && parked.nextAttemptAt == nil)
                let told = try #require(parked.subscription.statusText)
                #expect(told.hasPrefix("no-response since ") && told.contains("sent again with status requested"))
                // Nothing more is tried, and events are still numbered.
                let before = poster.posts.count
                try await ChangeWriter(pool).write([SampleChange(7)])
                try await store.routeAll()
                try await Task.sleep(for: .milliseconds(300))
                #expect(poster.posts.count == before)
                #expect(try await store.progress(of: subscription.id)?.lastNumber == 4)
                isBack.raise()
                try await store.resume(subscription.id, by: "test")
                try await CourierWorld.waitUntilDelivered(store, [subscription])
                #expect(poster.posts.dropFirst(before).map(\.numbers) == [1...1, 2...2, 3...3, 4...4])
            }
            #expect(try await text(store, subscription.id) == nil)
        }
    }

    @Test("T-12: an endpoint that is gone is told of, too")
    func anEndpointThatIsGoneIsToldOf() async throws {
        let subscription = Subscription.sample(.subscriber)
        try await CourierWorld.with([subscription], events: 1) { store, _ in
            try await running([CourierWorld.courier(store, ScriptedPoster { _, _ in .gone })]) {
                try await eventually(within: .seconds(40), "it is off") {
                    try await store.progress(of: subscription.id)?.subscription.status == .off
                }
            }
            #expect(try await text(store, subscription.id)?.contains("the subscription is off") == true)
        }
    }
}
