import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing

/// D-22: events that an endpoint refuses.
@Suite(.herald, .timeLimit(.minutes(1))) struct RefusedEventTests {
    /// An endpoint that refuses whatever holds the fifth event.
    private static func refusingTheFifth() -> ScriptedPoster {
        ScriptedPoster { post, _ in
            post.numbers?.contains(5) == true ? .rejected(httpStatus: 422) : .accepted(httpStatus: 200)
        }
    }

    private func refusedFor(_ hours: Int, _ pool: PostgresPool) async throws {
        try await pool.query(
            "UPDATE lane SET first_failure_at = now() - $1 * interval '1 hour' WHERE attempt > 0",
            [.int4(Int32(hours))]
        )
    }

    /// T-17, with the policy `skip`: poison in the middle of a batch of 10.
    @Test func nineOfTenAreDeliveredInOrderAndTheRefusedOneIsSetAside() async throws {
        let subscription = Subscription.sample(client: "a", endpoint: "https://a.example.nhs.uk/", maxCount: 10)
        try await CourierWorld.with([subscription], events: 13) { store, pool in
            #expect(try await store.setRefusalPolicy(.skip, of: subscription.id.uuid))
            let poster = Self.refusingTheFifth()
            // Schedule B's minutes are milliseconds here; the courier waits for nothing but them.
            try await running([CourierWorld.courier(store, poster, jitter: 0.0002)]) {
                try await eventually { poster.posts.filter { $0.numbers == 5...5 }.count >= 2 }
                #expect(!poster.posts.contains { $0.numbers?.lowerBound ?? 0 > 5 }, "what is behind waits")
                try await refusedFor(25, pool)
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            let posts = poster.posts
            #expect(posts.first?.numbers == 1...10)
            let accepted = posts.compactMap(\.numbers).filter { !$0.contains(5) }
            #expect(accepted.prefix(9).flatMap { Array($0) } == [1, 2, 3, 4, 6, 7, 8, 9, 10])
            #expect(accepted.dropFirst(9).flatMap { Array($0) } == [11, 12, 13], "batches again behind the split")
            // New ids for the single ones; the same id for each try of one.
            let batchID = posts.first?.headers["webhook-id"]
            let fifth = Set(posts.filter { $0.numbers == 5...5 }.map { $0.headers["webhook-id"] })
            #expect(fifth.count == 1)
            #expect(!posts.dropFirst().contains { $0.headers["webhook-id"] == batchID })

            let dead = try await pool.query("SELECT * FROM delivery_dead")
            #expect(dead.count == 1)
            #expect(try dead[0].decode("number", as: Int64.self) == 5)
            #expect(try dead[0].decode("cause", as: String.self) == "rejected")
            #expect(try dead[0].decode("http_status", as: Int.self) == 422)
            #expect(try dead[0].decode("attempts", as: Int.self) >= 2)
            let after = try #require(try await store.progress(of: subscription.id)).subscription
            #expect(after.status == .active && after.statusText?.contains("event 5 was set aside") == true)
        }
    }

    /// T-17, with the policy `block`, which is the default.
    @Test func theLaneParksBehindTheRefusedEventAndKeepsTheRest() async throws {
        let subscription = Subscription.sample(client: "a", endpoint: "https://a.example.nhs.uk/", maxCount: 10)
        try await CourierWorld.with([subscription], events: 10) { store, pool in
            let poster = Self.refusingTheFifth()
            try await running([CourierWorld.courier(store, poster, jitter: 0.0002)]) {
                try await eventually { poster.posts.filter { $0.numbers == 5...5 }.count >= 2 }
                try await refusedFor(25, pool)
                try await eventually {
                    let progress = try await store.progress(of: subscription.id)
                    return progress?.attempt ?? 0 > 1 && progress?.nextAttemptAt == nil
                }
            }
            let progress = try #require(try await store.progress(of: subscription.id))
            #expect(progress.deliveredThrough == 4)
            #expect(progress.lastNumber == 10)
            #expect(progress.subscription.status == .error)
            #expect(try await pool.count("SELECT count(*) FROM delivery_dead") == 0)
            #expect(!poster.posts.contains { $0.numbers?.lowerBound ?? 0 > 5 })
        }
    }

    /// `delivery.md` §11: a batch stops before 5 MiB; an event that is larger alone goes without its content.
    @Test func noNotificationIsLargerThanEndpointsMustTake() async throws {
        let subscription = Subscription.sample(client: "operator", endpoint: "https://a.example.nhs.uk/", maxCount: 10)
        try await CourierWorld.with([subscription], events: 4) { store, pool in
            for (number, mebibytes) in [(1, 3), (2, 3), (3, 6)] {
                try await pool.query(
                    """
                    UPDATE immunization_version v SET resource = convert_to(
                        '{"resourceType":"Immunization","note":[{"text":"' || repeat('x', $2 << 20) || '"}]}', 'UTF8')
                    FROM subscription_event e
                    WHERE e.number = $1 AND v.immunization_id = e.record_id AND v.change = e.change
                    """,
                    [.int8(Int64(number)), .int4(Int32(mebibytes))]
                )
            }
            let poster = ScriptedPoster { _, before in
                before == 0 ? .transient(.noResponse, retryAfter: nil) : .accepted(httpStatus: 200)
            }
            try await running([CourierWorld.courier(store, poster)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(poster.posts.map(\.numbers) == [1...1, 1...1, 2...4])
            #expect(poster.posts.allSatisfy { $0.body.count < 5 << 20 })
            #expect(poster.posts[0].body == poster.posts[1].body)
            // What is sent again is no larger.
            _ = try await store.startResends(
                ResendRequest(DeliverySelection(subscription: subscription.id), from: 1),
                JobOrder(actor: "op", isProduction: true)
            )
            let again = ScriptedPoster()
            try await running([CourierWorld.courier(store, again)]) {
                try await eventually(within: .seconds(30), "they are sent again") {
                    try await store.deliveryJobs(of: nil, onlyOpen: true, limit: 1).isEmpty
                }
            }
            #expect(again.posts.map(\.numbers) == [1...1, 2...4])
            #expect(again.posts.allSatisfy { $0.body.count < 5 << 20 })
        }
    }
}
