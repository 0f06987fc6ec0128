package import Deliveries
import Events
import Postgres
import Subscriptions

extension PostgresStore {
    package func forbid(_ claim: LaneClaim, because reason: String) async throws {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            let id: PostgresValue = .uuid(claim.subscription.id.uuid)
            try await connection.query(
                """
                UPDATE lane SET next_attempt_at = 'infinity', lease_owner = NULL, lease_until = NULL, last_error = 'forbidden'
                WHERE subscription_id = $1
                """,
                [id]
            )
            try await connection.query(
                "UPDATE subscription SET status = 'error', status_text = $2 WHERE id = $1 AND status <> 'off'",
                [id, .text("nothing is sent: \(reason)")]
            )
            try await connection.query("DELETE FROM lane_timer WHERE subscription_id = $1", [id])
        }
    }

    package func withhold(_ claim: LaneClaim, for pause: Duration, because trouble: String?) async throws {
        let id: PostgresValue = .uuid(claim.subscription.id.uuid)
        let milliseconds: PostgresValue = .int8(Int64(pause / .milliseconds(1)))
        try await pool.withTransaction { connection in
            // Never sooner than a head that waits, or a lane that is parked.
            let given = try await connection.query(
                """
                UPDATE lane SET next_attempt_at = greatest(next_attempt_at, now() + $3 * interval '1 millisecond'),
                    last_error = CASE WHEN attempt = 0 THEN coalesce($4, last_error) ELSE last_error END,
                    lease_owner = NULL, lease_until = NULL
                WHERE subscription_id = $1 AND lease_epoch = $2
                """,
                [id, .int8(claim.epoch), milliseconds, .text(optional: trouble)]
            )
            guard given.affectedRows > 0, claim.needsTimer else { return }
            try await Self.resetTimer(claim, on: connection)
            try await connection.query(
                """
                UPDATE lane_timer SET due_at = greatest(due_at, now() + $2 * interval '1 millisecond')
                WHERE subscription_id = $1
                """,
                [id, milliseconds]
            )
        }
    }
}
