import Access
import Deliveries
import Foundation
import HeraldTestKit
import Outbound
import Postgres
import Store
import Subscriptions
import Testing

/// A failure of the hub's own is none of the endpoint's: nothing counts as tried (`delivery.md` §5, §6).
@Suite(.herald, .timeLimit(.minutes(1))) struct HindranceTests {
    private struct DatabaseAway: Error {}

    private func isGivenBack(_ store: PostgresStore, _ pool: PostgresPool) async throws -> Bool {
        try await pool.count("SELECT count(*) FROM lane WHERE lease_until IS NULL AND next_attempt_at > now()") == 1
    }

    @Test("§5: what could not be looked up is no attempt, and is tried again with the same bytes")
    func aFailureOfTheHubsOwnCountsForNothing() async throws {
        let subscription = Subscription.sample()
        try await CourierWorld.with([subscription], events: 1) { store, pool in
            let poster = ScriptedPoster { _, before in
                if before < 6 { throw DatabaseAway() }
                return .accepted(httpStatus: 202)
            }
            try await running([CourierWorld.courier(store, poster)]) {
                // More often than opens a breaker.
                for round in 1...6 {
                    try await eventually("the lane is given back") {
                        guard poster.posts.count >= round else { return false }
                        return try await isGivenBack(store, pool)
                    }
                    #expect(try await pool.count("SELECT count(*) FROM delivery_attempt") == 0)
                    #expect(
                        try await pool.count(
                            "SELECT count(*) FROM lane WHERE attempt > 0 OR first_failure_at IS NOT NULL OR last_error IS NOT NULL"
                        ) == 0
                    )
                    try await pool.query("UPDATE lane SET next_attempt_at = now()")
                }
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(poster.posts.allSatisfy { $0.headers["Herald-Attempt"] == "1" && $0.body == poster.posts[0].body })
            #expect(Set(poster.posts.map { $0.headers["webhook-id"] }).count == 1)
            #expect(try await pool.count("SELECT count(*) FROM origin_breaker") == 0)
        }
    }

    @Test(
        "§12: a secret that cannot be read is shown to operators, and its lane waits a minute instead of asking on and on"
    )
    func aSecretThatCannotBeReadIsNoStorm() async throws {
        let subscription = Subscription.sample(.subscriber)
        try await CourierWorld.with([subscription], events: 1) { store, pool in
            let keys = KeyRing<DeliveryKeys>(.generate(now: Date()))
            _ = try await WebhookSecrets(store: store, keys: keys).security(of: subscription.id)
            let strange = WebhookSecrets(store: store, keys: KeyRing<DeliveryKeys>(.generate(now: Date())))
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster, signer: strange)]) {
                try await eventually("the trouble is shown") {
                    try await store.progress(of: subscription.id)?.lastError == "secret-unreadable"
                }
                let waits =
                    "SELECT count(*) FROM lane WHERE attempt = 0 AND next_attempt_at > now() + interval '20 seconds'"
                #expect(try await pool.count(waits) == 1)
            }
            #expect(poster.posts.isEmpty)
            #expect(try await pool.count("SELECT count(*) FROM delivery_attempt") == 0)
            // The key file is back.
            try await pool.query("UPDATE lane SET next_attempt_at = now()")
            let mended = WebhookSecrets(store: store, keys: keys)
            try await running([CourierWorld.courier(store, poster, signer: mended)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(try await store.progress(of: subscription.id)?.lastError == nil)
        }
    }

    @Test("§12: a handshake without a readable secret is not sent and not refused either")
    func aHandshakeWaitsForItsSecret() async throws {
        var subscription = Subscription.sample(.subscriber)
        subscription.status = .requested
        subscription.activatedAt = nil
        try await CourierWorld.with([subscription], events: 0) { store, pool in
            let keys = KeyRing<DeliveryKeys>(.generate(now: Date()))
            _ = try await WebhookSecrets(store: store, keys: keys).security(of: subscription.id)
            let strange = WebhookSecrets(store: store, keys: KeyRing<DeliveryKeys>(.generate(now: Date())))
            let poster = ScriptedPoster()
            try await running([CourierWorld.courier(store, poster, signer: strange)]) {
                try await eventually("the handshake waits") {
                    try await pool.count(
                        "SELECT count(*) FROM lane_timer WHERE due_at > now() + interval '20 seconds'"
                    ) == 1
                }
            }
            #expect(try await store.progress(of: subscription.id)?.subscription.status == .requested)
            try await pool.query("UPDATE lane_timer SET due_at = now()")
            let mended = WebhookSecrets(store: store, keys: keys)
            try await running([CourierWorld.courier(store, poster, signer: mended)]) {
                try await eventually { try await store.progress(of: subscription.id)?.subscription.status == .active }
            }
            #expect(poster.posts.count == 1)
        }
    }
}
