import Deliveries
import Foundation
import Postgres

extension PostgresStore: SubscriptionClockStore {
    package func switchOffEnded() async throws -> Int {
        try await pool.withTransaction { connection in
            // Lanes before subscriptions, as couriers do.
            try await connection.query(
                """
                SELECT FROM lane WHERE subscription_id IN (
                    SELECT id FROM subscription WHERE end_at <= now() AND status <> 'off' LIMIT 1000
                ) ORDER BY subscription_id FOR NO KEY UPDATE
                """
            )
            let ended = try await connection.query(
                """
                UPDATE subscription SET status = 'off', off_by = 'end', off_at = end_at
                WHERE id IN (SELECT id FROM subscription WHERE end_at <= now() AND status <> 'off' LIMIT 1000)
                RETURNING id
                """
            )
            try await connection.query(
                "DELETE FROM lane_ready WHERE subscription_id = ANY($1)",
                [.uuids(try ended.map { try $0.decode("id", as: UUID.self) })]
            )
            let abandoned = try await connection.query(
                """
                UPDATE subscription SET off_by = 'client'
                WHERE off_by = 'server' AND off_at < now() - interval '14 days' RETURNING id
                """
            )
            let changed = try (Array(ended) + Array(abandoned)).map { try $0.decode("id", as: UUID.self) }
            if !changed.isEmpty { try await Self.announce(changed, on: connection) }
            return changed.count
        }
    }
}
