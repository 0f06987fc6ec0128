import Access
import Deliveries
package import Events
import Foundation
import Postgres

extension PostgresStore: DeliveryOffice {
    package func setAside(
        _ subscription: SubscriptionID,
        through number: Int64,
        by actor: String,
        reason: String
    ) async throws -> ClosedRange<Int64> {
        try await pool.withTransaction { connection in
            let lane = try await Self.takeLane(of: subscription, on: connection)
            let head = try await connection.query(
                "SELECT last_number FROM subscription_head WHERE subscription_id = $1",
                [.uuid(subscription.uuid)]
            ).first?.decode("last_number", as: Int64.self)
            let through = try lane.decode("delivered_through", as: Int64.self)
            guard let head, number > through, number <= head else {
                throw DeliveryOfficeError.nothingWaiting(
                    through: number,
                    deliveredThrough: through,
                    lastNumber: head ?? 0
                )
            }
            try await connection.query(
                """
                INSERT INTO delivery_dead (subscription_id, number, cause, attempts, bundle_id, set_aside_by, reason)
                SELECT $1, n, 'operator', CASE WHEN n <= $4 THEN $5 ELSE 0 END, CASE WHEN n <= $4 THEN $6::uuid END, $7, $8
                FROM generate_series($2::bigint, $3::bigint) n ON CONFLICT DO NOTHING
                """,
                [
                    .uuid(subscription.uuid), .int8(through + 1), .int8(number),
                    .int8(try lane.decode("batch_to", as: Int64?.self) ?? 0),
                    .int4(try lane.decode("attempt", as: Int32.self)),
                    try lane.decode("bundle_id", as: UUID?.self).map { .uuid($0) } ?? .typedNull(.uuid),
                    .text(actor), .text(reason),
                ]
            )
            try await connection.query(
                """
                UPDATE lane SET delivered_through = $2, batch_to = NULL, bundle_id = NULL, frozen_at = NULL, attempt = 0,
                    first_failure_at = NULL, last_error = NULL,
                    next_attempt_at = CASE WHEN paused_at IS NULL THEN now() ELSE 'infinity' END
                WHERE subscription_id = $1
                """,
                [.uuid(subscription.uuid), .int8(number)]
            )
            try await Self.markReady(subscription, on: connection)
            let range = through + 1...number
            try await Self.note("events \(range) of subscription \(subscription) set aside", by: actor, on: connection)
            return range
        }
    }

    package func pause(_ subscription: SubscriptionID, by actor: String, reason: String?) async throws {
        try await pool.withTransaction { connection in
            _ = try await Self.takeLane(of: subscription, on: connection)
            try await connection.query(
                """
                UPDATE lane SET paused_at = coalesce(paused_at, now()), paused_by = $2, pause_reason = $3,
                    next_attempt_at = 'infinity'
                WHERE subscription_id = $1
                """,
                [.uuid(subscription.uuid), .text(actor), .text(optional: reason)]
            )
            try await Self.note("subscription \(subscription) paused", by: actor, on: connection)
        }
    }

    package func resume(_ subscription: SubscriptionID, by actor: String) async throws {
        try await pool.withTransaction { connection in
            _ = try await Self.takeLane(of: subscription, on: connection)
            try await connection.query(
                """
                UPDATE lane SET paused_at = NULL, paused_by = NULL, pause_reason = NULL, next_attempt_at = now(),
                    attempt = 0, first_failure_at = NULL
                WHERE subscription_id = $1
                """,
                [.uuid(subscription.uuid)]
            )
            try await Self.markReady(subscription, on: connection)
            try await Self.wake(subscription, on: connection)
            try await Self.note("subscription \(subscription) resumed", by: actor, on: connection)
        }
    }

    /// Locks a lane and takes it from the courier that holds it: what that one has in flight it can no longer write down.
    static func takeLane(of subscription: SubscriptionID, on connection: PostgresConnection) async throws -> PostgresRow
    {
        let lane = try await connection.query(
            """
            UPDATE lane SET lease_epoch = lease_epoch + 1, lease_owner = NULL, lease_until = NULL WHERE subscription_id = $1
            RETURNING channel, delivered_through, batch_to, bundle_id, attempt
            """,
            [.uuid(subscription.uuid)]
        ).first
        guard let lane else { throw DeliveryOfficeError.unknownSubscription(subscription) }
        return lane
    }

    static func markReady(_ subscription: SubscriptionID, on connection: PostgresConnection) async throws {
        try await connection.query(
            "INSERT INTO lane_ready VALUES ($1) ON CONFLICT DO NOTHING",
            [.uuid(subscription.uuid)]
        )
    }

    /// Lets a courier look at a lane at once.
    static func wake(_ subscription: SubscriptionID, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            INSERT INTO lane_timer (subscription_id, due_at) VALUES ($1, now())
            ON CONFLICT (subscription_id) DO UPDATE SET due_at = least(lane_timer.due_at, excluded.due_at)
            """,
            [.uuid(subscription.uuid)]
        )
    }

    /// Takes down what somebody did, in the transaction that does it.
    static func note(_ change: String, by actor: String, on connection: PostgresConnection) async throws {
        try await audit([.change(change, by: actor, with: "herald subscriptions")], on: connection)
    }
}
