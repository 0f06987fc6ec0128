import Deliveries
import Foundation
import Postgres

extension PostgresStore: DeliveryKeeping {
    /// Rows that one statement deletes at most, so that nobody waits for it.
    private static let clearedAtOnce = 5000

    package func clearDeliveries(olderThan age: Duration) async throws -> Int {
        var cleared = 0
        for (table, key, time) in [
            ("delivery_attempt", "id", "started_at"),
            ("delivery_dead", "(subscription_id, number)", "set_aside_at"),
            ("delivery_job", "id", "finished_at"),
        ] {
            let columns = key.trimmingCharacters(in: CharacterSet(charactersIn: "()"))
            let deleted = try await pool.query(
                """
                DELETE FROM \(table) WHERE \(key) IN (
                    SELECT \(columns) FROM \(table) WHERE \(time) < now() - $1 * interval '1 second'
                    ORDER BY \(time) LIMIT \(Self.clearedAtOnce)
                )
                """,
                [.int8(age.components.seconds)]
            )
            cleared += deleted.affectedRows
        }
        return cleared
    }

    package func switchOffAbandoned() async throws -> Int {
        try await pool.withTransaction { connection in
            // A lane parks three days after its head's first failure (D-32); lanes before subscriptions, as couriers lock them.
            let lanes = try await connection.query(
                """
                SELECT l.subscription_id FROM lane l JOIN subscription s ON s.id = l.subscription_id
                WHERE s.audience = 'subscriber' AND s.status = 'error' AND l.paused_at IS NULL
                  AND l.next_attempt_at = 'infinity' AND l.first_failure_at < now() - interval '33 days'
                ORDER BY l.subscription_id LIMIT 1000 FOR NO KEY UPDATE OF l
                """
            )
            let ids = try lanes.map { try $0.decode("subscription_id", as: UUID.self) }
            guard !ids.isEmpty else { return 0 }
            try await connection.query(
                """
                UPDATE subscription SET status = 'off', off_by = 'server', off_at = now(),
                    status_text = 'parked for 30 days: switched off'
                WHERE id = ANY($1) AND status = 'error'
                """,
                [.uuids(ids)]
            )
            try await connection.query("DELETE FROM lane_timer WHERE subscription_id = ANY($1)", [.uuids(ids)])
            try await Self.announce(ids, on: connection)
            return ids.count
        }
    }
}
