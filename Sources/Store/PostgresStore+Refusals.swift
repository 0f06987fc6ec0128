package import Deliveries
import Events
package import Foundation
import Postgres
import Subscriptions

/// What becomes of events that an endpoint refuses (D-22), or that are too many for one notification.
extension PostgresStore {
    /// Lets the events of a refused batch go one by one, with ids of their own.
    static func split(
        _ failed: AttemptRecord,
        of claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws {
        guard case .batch(let batch) = failed.work else { return }
        try await connection.query(
            """
            UPDATE lane SET single_through = $2, batch_to = NULL, bundle_id = NULL, frozen_at = NULL, attempt = 0,
                first_failure_at = NULL, last_error = $3, next_attempt_at = now(), lease_owner = NULL, lease_until = NULL
            WHERE subscription_id = $1
            """,
            [.uuid(claim.subscription.id.uuid), .int8(batch.numbers.upperBound), .text(failed.outcome.name)]
        )
    }

    /// Puts the refused event to the dead letters and moves the cursor past it.
    static func setAside(
        _ failed: AttemptRecord,
        of claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws {
        guard case .batch(let batch) = failed.work else { return }
        try await connection.query(
            """
            INSERT INTO delivery_dead (subscription_id, number, cause, http_status, attempts, bundle_id)
            SELECT $1, number, $4, $5, $6, $7 FROM generate_series($2::bigint, $3::bigint) AS number
            ON CONFLICT DO NOTHING
            """,
            [
                .uuid(claim.subscription.id.uuid), .int8(batch.numbers.lowerBound), .int8(batch.numbers.upperBound),
                .text(failed.outcome.name), failed.outcome.httpStatus.map { .int4(Int32($0)) } ?? .typedNull(.int4),
                .int4(Int32(failed.attempt)), .uuid(batch.bundleID),
            ]
        )
        try await connection.query(
            """
            UPDATE lane SET delivered_through = $2, batch_to = NULL, bundle_id = NULL, frozen_at = NULL, attempt = 0,
                first_failure_at = NULL, last_error = NULL, next_attempt_at = now(), lease_owner = NULL, lease_until = NULL
            WHERE subscription_id = $1
            """,
            [.uuid(claim.subscription.id.uuid), .int8(batch.numbers.upperBound)]
        )
    }

    package func shorten(
        _ batch: FrozenBatch,
        of claim: LaneClaim,
        through last: Int64
    ) async throws -> FrozenBatch {
        let shortened = try await pool.query(
            "UPDATE lane SET batch_to = $3 WHERE subscription_id = $1 AND lease_epoch = $2",
            [.uuid(claim.subscription.id.uuid), .int8(claim.epoch), .int8(last)]
        )
        guard shortened.affectedRows == 1 else { throw LaneLost() }
        var batch = batch
        batch.numbers = batch.numbers.lowerBound...last
        return batch
    }

    /// Says what becomes of events that the endpoint refuses for a day.
    ///
    /// - Parameters:
    ///   - policy: What becomes of them.
    ///   - subscription: Whose.
    /// - Returns: Whether there is such a subscription.
    /// - Throws: Errors of the store.
    package func setRefusalPolicy(_ policy: RefusalPolicy, of subscription: UUID) async throws -> Bool {
        let changed = try await pool.query(
            "UPDATE lane SET refusal_policy = $2 WHERE subscription_id = $1",
            [.uuid(subscription), .text(policy.rawValue)]
        )
        return changed.affectedRows > 0
    }
}
