package import Deliveries
package import Foundation
import Postgres
package import Subscriptions

/// Lanes by whose turn it is: from the few that are ready, by clients and origins, never over all subscriptions (D-40).
extension PostgresStore {
    /// Origins of one client that can have a turn in one look.
    private static let originsPerLook = 64

    package func readyOrigins(
        channel: Subscription.Channel,
        after: [String: String],
        fullClients: [String],
        fullOrigins: [String]
    ) async throws -> [ReadyOrigin] {
        // Each step goes straight to the next name in the index, however many lanes there are of the last. Recursion is
        // evaluated as far as it is read: of many origins only those up to the limit.
        let rows = try await pool.query(
            """
            WITH RECURSIVE clients AS (
                (SELECT client FROM lane_ready WHERE channel = $1 ORDER BY client LIMIT 1)
                UNION ALL
                SELECT (SELECT r.client FROM lane_ready r WHERE r.channel = $1 AND r.client > c.client
                        ORDER BY r.client LIMIT 1)
                FROM clients c WHERE c.client IS NOT NULL
            )
            SELECT c.client, o.origin FROM clients c
            LEFT JOIN unnest($2::text[], $3::text[]) AS t (client, origin) ON t.client = c.client
            CROSS JOIN LATERAL (
                SELECT n.origin, row_number() OVER () AS place FROM (
                    SELECT n.origin FROM (
                        SELECT * FROM (
                            WITH RECURSIVE ahead AS (
                                (SELECT r.origin FROM lane_ready r WHERE r.channel = $1 AND r.client = c.client
                                    AND r.origin > coalesce(t.origin, '') ORDER BY r.origin LIMIT 1)
                                UNION ALL
                                SELECT (SELECT r.origin FROM lane_ready r WHERE r.channel = $1 AND r.client = c.client
                                    AND r.origin > a.origin ORDER BY r.origin LIMIT 1)
                                FROM ahead a WHERE a.origin IS NOT NULL
                            )
                            SELECT origin FROM ahead
                        ) a
                        UNION ALL
                        SELECT * FROM (
                            WITH RECURSIVE behind AS (
                                (SELECT r.origin FROM lane_ready r WHERE r.channel = $1 AND r.client = c.client
                                    AND r.origin <= coalesce(t.origin, '') ORDER BY r.origin LIMIT 1)
                                UNION ALL
                                SELECT (SELECT r.origin FROM lane_ready r WHERE r.channel = $1 AND r.client = c.client
                                    AND r.origin > b.origin AND r.origin <= coalesce(t.origin, '')
                                    ORDER BY r.origin LIMIT 1)
                                FROM behind b WHERE b.origin IS NOT NULL
                            )
                            SELECT origin FROM behind
                        ) b
                    ) n
                    WHERE n.origin <> ALL($4) AND EXISTS (
                        SELECT FROM lane_ready r
                        WHERE r.channel = $1 AND r.client = c.client AND r.origin = n.origin AND r.due_at <= now()
                    )
                    LIMIT $5
                ) n
            ) o
            WHERE c.client <> ALL($6)
            ORDER BY c.client, o.place
            """,
            [
                .text(channel.rawValue), .texts(Array(after.keys)), .texts(after.keys.map { after[$0] ?? "" }),
                .texts(fullOrigins), .int8(Int64(Self.originsPerLook)), .texts(fullClients),
            ]
        )
        return try rows.map { row in
            ReadyOrigin(
                client: try row.decode("client", as: String.self),
                origin: try row.decode("origin", as: String.self)
            )
        }
    }

    package func claimLanes(
        channel: Subscription.Channel,
        shares: [LaneShare],
        owner: UUID,
        lease: Duration,
        attemptLimit: Duration
    ) async throws -> [LaneClaim] {
        let rows = try await pool.query(
            """
            WITH due AS MATERIALIZED (
                SELECT d.subscription_id FROM unnest($2::text[], $3::text[], $4::int[]) AS w (client, origin, lanes)
                CROSS JOIN LATERAL (
                    SELECT l.subscription_id FROM lane_ready r
                    JOIN lane l ON l.subscription_id = r.subscription_id
                    JOIN subscription s ON s.id = r.subscription_id AND \(Self.isDeliverable)
                    WHERE r.channel = $1 AND r.client = w.client AND r.origin = w.origin AND r.due_at <= now()
                        AND (l.lease_until IS NULL OR l.lease_until < now())
                    ORDER BY r.due_at LIMIT w.lanes FOR NO KEY UPDATE OF l SKIP LOCKED
                ) d
            )
            \(Self.takeDue(owner: "$5", lease: "($6 + least(s.timeout_ms, $7))"))
            """,
            [
                .text(channel.rawValue), .texts(shares.map(\.client)), .texts(shares.map(\.origin)),
                .int4s(shares.map { Int32($0.lanes) }), .uuid(owner), .int8(Int64(lease / .milliseconds(1))),
                .int8(Int64(attemptLimit / .milliseconds(1))),
            ]
        )
        return try rows.map(Self.claim)
    }

    /// Whether anything may be sent on a lane, of a subscription called `s`.
    static let isDeliverable = "s.status IN ('active', 'error') AND (s.end_at IS NULL OR s.end_at > now())"

    /// Gives the lanes of a query called `due` to a courier.
    static func takeDue(owner: String, lease: String) -> String {
        """
        UPDATE lane l SET lease_owner = \(owner), lease_epoch = l.lease_epoch + 1,
            lease_until = now() + \(lease) * interval '1 millisecond'
        FROM subscription s
        WHERE l.subscription_id = ANY(ARRAY(SELECT subscription_id FROM due)) AND s.id = l.subscription_id
        RETURNING \(subscriptionColumns), s.origin, l.refusal_policy, l.lease_epoch,
            l.delivered_through, l.batch_to, l.bundle_id, l.frozen_at, l.attempt,
            (extract(epoch FROM now() - l.first_failure_at) * 1000)::bigint AS failing_for
        """
    }
}
