package import Feeds
import Foundation
import Postgres

extension PostgresStore {
    package func queues() async throws -> [FeedQueue] {
        try await pool.query(
            """
            SELECT supplier, vaccine_type, coalesce(f.waiting, 0)::int AS waiting, f.current, f.current_status,
                q.paused_at, q.paused_by, q.reason
            FROM (
                SELECT supplier, vaccine_type,
                    count(*) FILTER (WHERE status = 'Queued' OR status = 'Paused' AND started_at IS NULL) AS waiting,
                    (array_agg(id ORDER BY started_at, received_at, id) FILTER (WHERE status <> 'Queued'))[1] AS current,
                    (array_agg(status ORDER BY started_at, received_at, id) FILTER (WHERE status <> 'Queued'))[1]
                        AS current_status
                FROM feed WHERE status IN ('Queued', 'Processing', 'Paused', 'Halted') GROUP BY 1, 2
            ) f FULL JOIN feed_queue q USING (supplier, vaccine_type)
            ORDER BY supplier, vaccine_type
            """
        ).map { row in
            let pausedAt = try row.decode("paused_at", as: Date?.self)
            let pausedBy = try row.decode("paused_by", as: String?.self)
            let reason = try row.decode("reason", as: String?.self)
            return FeedQueue(
                name: FeedQueue.Name(
                    supplier: try row.decode("supplier", as: String.self),
                    vaccineType: try row.decode("vaccine_type", as: String.self)
                ),
                waiting: try row.decode("waiting", as: Int.self),
                current: try row.decode("current", as: UUID?.self).map { FeedID($0) },
                currentStatus: try row.decode("current_status", as: String?.self).flatMap { FeedStatus(rawValue: $0) },
                pause: pausedAt.map { FeedQueue.Pause(at: $0, by: pausedBy ?? "", reason: reason) }
            )
        }
    }

    package func pauseQueue(_ queue: FeedQueue.Name, by actor: String, reason: String?) async throws {
        do {
            try await pool.withTransaction { connection in
                try await connection.query("SET LOCAL lock_timeout = '10s'")
                // No file of the queue may be claimed between the look at it and the commit.
                try await Self.lockClaims(on: connection)
                let paused = try await connection.query(
                    """
                    INSERT INTO feed_queue (supplier, vaccine_type, paused_by, reason) VALUES ($1, $2, $3, $4)
                    ON CONFLICT DO NOTHING
                    """,
                    [.text(queue.supplier), .text(queue.vaccineType), .text(actor), .text(optional: reason)]
                )
                guard paused.affectedRows == 1 else { return }
                for id in try await Self.begun(in: queue, on: connection) {
                    try await Self.fence(id, on: connection)
                    try await Self.record(.queuePaused, of: id, by: actor, detail: reason, on: connection)
                }
            }
        } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
            throw FeedCommandRefused.busy
        }
    }

    package func resumeQueue(_ queue: FeedQueue.Name, by actor: String) async throws {
        try await pool.withTransaction { connection in
            let resumed = try await connection.query(
                "DELETE FROM feed_queue WHERE supplier = $1 AND vaccine_type = $2",
                [.text(queue.supplier), .text(queue.vaccineType)]
            )
            guard resumed.affectedRows == 1 else { return }
            for id in try await Self.begun(in: queue, on: connection) {
                try await Self.record(.queueResumed, of: id, by: actor, detail: nil, on: connection)
            }
        }
    }

    /// The file of the queue that is in progress.
    private static func begun(in queue: FeedQueue.Name, on connection: PostgresConnection) async throws -> [FeedID] {
        try await connection.query(
            "SELECT id FROM feed WHERE supplier = $1 AND vaccine_type = $2 AND status = 'Processing' FOR NO KEY UPDATE",
            [.text(queue.supplier), .text(queue.vaccineType)]
        ).map { FeedID(try $0.decode("id", as: UUID.self)) }
    }
}
