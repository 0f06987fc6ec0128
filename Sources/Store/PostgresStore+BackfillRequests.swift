package import Access
package import Deliveries
package import Events
import Foundation
import Postgres

extension PostgresStore: BackfillRequests {
    package func requestBackfill(
        of id: SubscriptionID,
        _ window: BackfillWindow,
        _ order: JobOrder,
        audit: @Sendable () -> AuditRecord
    ) async throws -> BackfillAnswer {
        try await pool.withTransaction { connection in
            // The lane first, as couriers do; of two at a time the second one sees the first's job.
            let rows = try await connection.query(
                """
                SELECT s.channel, s.status, s.content, h.last_number, s.deleted_at IS NOT NULL AS is_deleted
                FROM lane l JOIN subscription s ON s.id = l.subscription_id
                JOIN subscription_head h ON h.subscription_id = s.id
                WHERE l.subscription_id = $1 FOR NO KEY UPDATE OF l
                """,
                [.uuid(id.uuid)]
            )
            guard let row = rows.first, try !row.decode("is_deleted", as: Bool.self) else {
                throw DeliveryOfficeError.unknownSubscription(id)
            }
            guard try row.decode("channel", as: String.self) == "rest-hook" else {
                throw DeliveryOfficeError.noRestHook(id)
            }
            guard try row.decode("status", as: String.self) != "off" else { throw DeliveryOfficeError.off(id) }
            guard try row.decode("content", as: String.self) != "empty" else {
                throw DeliveryOfficeError.emptyContent(id)
            }
            let open = try await connection.query(
                """
                SELECT id FROM delivery_job WHERE subscription_id = $1 AND kind = 'backfill' AND finished_at IS NULL
                """,
                [.uuid(id.uuid)]
            )
            if let open = open.first { return .underWay(try open.decode("id", as: UUID.self)) }
            let job = UUID()
            try await connection.query(
                """
                INSERT INTO delivery_job (id, subscription_id, kind, since, until, total, pause_ms, created_by, reason)
                VALUES ($1, $2, 'backfill', $3, $4, $5, $6, $7, $8)
                """,
                [
                    .uuid(job), .uuid(id.uuid), .timestamp(optional: window.since), .timestamp(optional: window.until),
                    .int8(try row.decode("last_number", as: Int64.self)), .int4(order.pauseMilliseconds),
                    .text(order.actor), .text(optional: order.reason),
                ]
            )
            try await Self.wake(id, on: connection)
            try await Self.audit([audit()], on: connection)
            return .filed(job)
        }
    }
}
