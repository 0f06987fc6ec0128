import Deliveries
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing

/// What a claim costs, several times a second, where there are many lanes; with the statistics that autovacuum keeps.
@Suite(.herald, .timeLimit(.minutes(1))) struct LanePlanTests {
    private static let lanes = 30_000

    private func withManyLanes(_ body: (PostgresStore, PostgresPool) async throws -> Void) async throws {
        // One session, whose counts are those of everything.
        try await ScratchDatabase.withStore(connections: 1) { store, pool in
            for statement in [
                """
                INSERT INTO subscription (id, audience, channel, status, reason, client, filter, endpoint)
                SELECT gen_random_uuid(), 'subscriber', 'rest-hook', 'active', '', '', '{}', '' FROM generate_series(1, $1)
                """,
                "INSERT INTO lane (subscription_id, channel) SELECT id, channel FROM subscription WHERE $1 > 0",
            ] {
                try await pool.query(statement, [.int4(Int32(Self.lanes))])
            }
            try await pool.query("INSERT INTO subscription_head (subscription_id) SELECT id FROM subscription")
            try await body(store, pool)
        }
    }

    /// How many pages a claim looks at.
    private func pagesRead(_ store: PostgresStore, _ pool: PostgresPool) async throws -> Int {
        func pages() async throws -> Int {
            try await pool.query("SELECT pg_stat_force_next_flush()")
            return try await pool.count(
                """
                SELECT sum(heap_blks_read + heap_blks_hit)::bigint FROM pg_statio_user_tables
                WHERE relname IN ('lane', 'subscription', 'lane_ready')
                """
            )
        }
        let before = try await pages()
        let ready = try await store.readyOrigins(channel: .restHook, after: [:], fullClients: [], fullOrigins: [])
        let shares = ready.map { LaneShare(client: $0.client, origin: $0.origin, lanes: 20) }
        _ = try await store.claimLanes(
            channel: .restHook,
            shares: shares,
            owner: UUID(),
            lease: .seconds(60),
            attemptLimit: .zero
        )
        return try await pages() - before
    }

    @Test func aFewReadyLanesAreFoundWithoutLookingAtTheOthers() async throws {
        try await withManyLanes { store, pool in
            try await pool.query("INSERT INTO lane_ready SELECT id FROM subscription LIMIT 10")
            try await pool.query("VACUUM ANALYZE")
            #expect(try await pagesRead(store, pool) < 300)
        }
    }

    @Test func manyLanesThatWaitForTheirNextAttemptAreNotLookedAt() async throws {
        try await withManyLanes { store, pool in
            try await pool.query("INSERT INTO lane_ready SELECT id FROM subscription")
            try await pool.query("UPDATE lane SET next_attempt_at = now() + interval '1 hour'")
            try await pool.query("VACUUM ANALYZE")
            #expect(try await pagesRead(store, pool) < 300)
            #expect(try await pool.count("SELECT count(*) FROM lane WHERE lease_until IS NOT NULL") == 0)
        }
    }

    @Test func manyLanesThatAreDueAreClaimedByTheHandful() async throws {
        try await withManyLanes { store, pool in
            try await pool.query("INSERT INTO lane_ready SELECT id FROM subscription")
            try await pool.query("VACUUM ANALYZE")
            #expect(try await pagesRead(store, pool) < 400)
        }
    }
}
