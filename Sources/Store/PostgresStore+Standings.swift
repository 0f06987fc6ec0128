import Foundation
import Operations
import Postgres

extension PostgresStore {
    /// Twenty feeds that are not finished, the oldest first, then the latest of the others.
    static func recentFeeds(_ connection: PostgresConnection) async throws -> [HubState.FeedStanding] {
        try await connection.query(
            """
            WITH open AS (
                SELECT id FROM feed WHERE status IN ('Receiving', 'Queued', 'Processing') ORDER BY received_at LIMIT 20
            ), latest AS (SELECT id FROM feed ORDER BY received_at DESC, id LIMIT 20)
            SELECT f.id, f.name, f.client, f.status, f.reason, f.received_at, f.started_at, f.finished_at, f.bytes,
                f.total_rows, c.applied, c.accepted, c.rejected
            FROM feed f CROSS JOIN LATERAL (
                SELECT coalesce(min(byte_offset), 0)::bigint AS applied, coalesce(sum(rejected), 0)::bigint AS rejected,
                    coalesce(sum(created + updated + reinstated + deleted), 0)::bigint AS accepted
                FROM feed_checkpoint WHERE feed_id = f.id
            ) c
            WHERE f.id IN (SELECT id FROM open UNION SELECT id FROM latest)
            ORDER BY f.finished_at IS NOT NULL, CASE WHEN f.finished_at IS NULL THEN f.received_at END, f.received_at DESC
            """
        ).map { row in
            HubState.FeedStanding(
                id: try row.decode("id", as: UUID.self).uuidString.lowercased(),
                name: try row.decode("name", as: String.self),
                client: try row.decode("client", as: String.self),
                status: try row.decode("status", as: String.self),
                reason: try row.decode("reason", as: String?.self),
                receivedAt: try row.decode("received_at", as: Date.self),
                startedAt: try row.decode("started_at", as: Date?.self),
                finishedAt: try row.decode("finished_at", as: Date?.self),
                bytes: try row.decode("bytes", as: Int64.self),
                bytesApplied: try row.decode("applied", as: Int64.self),
                totalRows: try row.decode("total_rows", as: Int64?.self),
                accepted: try row.decode("accepted", as: Int64.self),
                rejected: try row.decode("rejected", as: Int64.self)
            )
        }
    }

    /// The latest messages that were set aside.
    static func recentDead(_ connection: PostgresConnection) async throws -> [HubState.DeadMessage] {
        try await connection.query(
            "SELECT topic, partition, log_offset, set_aside, error FROM event_dead ORDER BY id DESC LIMIT 20"
        ).map { row in
            HubState.DeadMessage(
                topic: try row.decode("topic", as: String.self),
                partition: try row.decode("partition", as: Int32.self),
                offset: try row.decode("log_offset", as: Int64.self),
                setAsideAt: try row.decode("set_aside", as: Date.self),
                reason: try row.decode("error", as: String.self)
            )
        }
    }
}
