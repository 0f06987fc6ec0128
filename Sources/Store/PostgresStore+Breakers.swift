package import Deliveries
import Foundation
import Postgres

extension PostgresStore: BreakerStore {
    /// Lanes of an origin that has come back are spread over so many seconds.
    private static let releaseSpread = 10

    package func breakers() async throws -> [BreakerStanding] {
        let rows = try await pool.query(
            """
            SELECT origin, state, trips, (extract(epoch FROM probe_at - now()) * 1000)::bigint AS probe_in, forced, forced_by,
                reason, changed_at
            FROM origin_breaker
            WHERE state <> 'closed' OR forced IS NOT NULL OR changed_at > now() - interval '1 minute'
            ORDER BY origin
            """
        )
        return try rows.map { row in
            BreakerStanding(
                origin: try row.decode("origin", as: String.self),
                state: try row.choice("state"),
                trips: try row.decode("trips", as: Int.self),
                probeIn: try row.decode("probe_in", as: Int64?.self).map { .milliseconds($0) },
                override: try row.decode("forced", as: String?.self).flatMap(OriginBreaker.Override.init),
                forcedBy: try row.decode("forced_by", as: String?.self),
                reason: try row.decode("reason", as: String?.self),
                changedAt: try row.decode("changed_at", as: Date.self)
            )
        }
    }

    package func note(_ change: BreakerChange) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                """
                INSERT INTO origin_breaker (origin, state, trips, probe_at)
                VALUES ($1, $2, $3, now() + $4::bigint * interval '1 millisecond')
                ON CONFLICT (origin) DO UPDATE SET state = excluded.state, trips = excluded.trips,
                    probe_at = excluded.probe_at, changed_at = now()
                """,
                [
                    .text(change.origin), .text(change.state.rawValue), .int4(Int32(change.trips)),
                    change.probeIn.map { .int8(Int64($0 / .milliseconds(1))) } ?? .typedNull(.int8),
                ]
            )
            guard change.state == .closed else { return }
            // Whoever waits for the outage to end need not wait any longer; who was asked for a pause, until that is over.
            try await connection.query(
                """
                UPDATE lane l SET next_attempt_at =
                    greatest(now() + random() * $2 * interval '1 second', coalesce(l.asked_until, '-infinity'))
                FROM lane_ready r
                WHERE r.channel = 'rest-hook' AND r.origin = $1 AND l.subscription_id = r.subscription_id
                    AND r.due_at > now() + $2 * interval '1 second' AND r.due_at < 'infinity'
                    AND l.last_error IN ('no-response', 'dns-resolution-error', 'error-response')
                    AND (l.lease_until IS NULL OR l.lease_until < now())
                """,
                [.text(change.origin), .int4(Int32(Self.releaseSpread))]
            )
        }
    }

    /// Forces an origin's breaker open or closed, or leaves it to itself again.
    ///
    /// - Parameters:
    ///   - origin: Scheme, host and port, as `herald deliveries breaker list` shows it.
    ///   - override: What is wanted; nil for what attempts come to.
    ///   - operator: Who wants it.
    ///   - reason: Why.
    /// - Throws: Errors of the store.
    package func force(
        _ origin: String,
        _ override: OriginBreaker.Override?,
        by operator: String,
        reason: String?
    ) async throws {
        _ = try await pool.query(
            """
            INSERT INTO origin_breaker (origin, forced, forced_by, reason) VALUES ($1, $2, $3, $4)
            ON CONFLICT (origin) DO UPDATE SET forced = excluded.forced, forced_by = excluded.forced_by,
                reason = excluded.reason
            """,
            [
                .text(origin), override.map { .text($0.rawValue) } ?? .typedNull(.text),
                override == nil ? .typedNull(.text) : .text(`operator`), reason.map { .text($0) } ?? .typedNull(.text),
            ]
        )
    }

    /// The origins that subscriptions are delivered to, for a look at one by its name.
    package func isDeliveredTo(_ origin: String) async throws -> Bool {
        let rows = try await pool.query(
            "SELECT FROM subscription WHERE channel = 'rest-hook' AND origin = $1 LIMIT 1",
            [.text(origin)]
        )
        return !rows.isEmpty
    }
}
