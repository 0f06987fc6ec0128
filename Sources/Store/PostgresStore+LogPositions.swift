package import Events
import Foundation
import Postgres

extension PostgresStore: LogPositionStore {
    package func claim(topic: String, partitions: [Int32], initial: Int64) async throws -> [ClaimedPartition] {
        let rows = try await pool.query(
            """
            WITH claimed AS (
                INSERT INTO consumer_offset (topic, partition, next_offset, epoch)
                SELECT $1, p, $3, 1 FROM unnest($2::int[]) p ORDER BY p
                ON CONFLICT (topic, partition) DO UPDATE SET epoch = consumer_offset.epoch + 1
                RETURNING topic, partition, epoch, next_offset, mark
            )
            SELECT c.partition, c.epoch, c.next_offset, c.mark, coalesce(p.next_offset, 0) AS published,
                EXISTS (SELECT FROM log_gap g WHERE g.topic = c.topic AND g.partition = c.partition) AS is_stopped
            FROM claimed c LEFT JOIN published_offset p ON p.topic = c.topic AND p.partition = c.partition
            """,
            [.text(topic), .int4s(partitions), .int8(initial)]
        )
        return try rows.map { row in
            ClaimedPartition(
                partition: try row.decode("partition", as: Int32.self),
                epoch: try row.decode("epoch", as: Int64.self),
                nextOffset: try row.decode("next_offset", as: Int64.self),
                mark: try row.decode("mark", as: UUID?.self),
                publishedThrough: try row.decode("published", as: Int64.self),
                isStopped: try row.decode("is_stopped", as: Bool.self)
            )
        }
    }

    package func report(_ gap: LogGap) async throws {
        try await pool.query(
            """
            INSERT INTO log_gap (topic, partition, reason, next_offset, low, high, resume_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (topic, partition) DO NOTHING
            """,
            [
                .text(gap.topic), .int4(gap.partition), .text(gap.reason.rawValue), .int8(gap.nextOffset),
                .int8(gap.low), .int8(gap.high), .int8(gap.resumeAt),
            ]
        )
    }

    package func stoppedPartitions(topic: String) async throws -> Set<Int32> {
        let rows = try await pool.query("SELECT partition FROM log_gap WHERE topic = $1", [.text(topic)])
        return Set(try rows.map { try $0.decode("partition", as: Int32.self) })
    }

    package func logGaps() async throws -> [LogGap] {
        try await pool.query("SELECT * FROM log_gap ORDER BY topic, partition", []).map { row in
            LogGap(
                topic: try row.decode("topic", as: String.self),
                partition: try row.decode("partition", as: Int32.self),
                reason: try row.choice("reason"),
                nextOffset: try row.decode("next_offset", as: Int64.self),
                low: try row.decode("low", as: Int64.self),
                high: try row.decode("high", as: Int64.self),
                resumeAt: try row.decode("resume_at", as: Int64.self)
            )
        }
    }

    package func beginMending() async throws {
        try await pool.query("UPDATE event_log SET mendings = mendings + 1", [])
    }

    package func mend(_ gap: LogGap) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                """
                UPDATE consumer_offset SET epoch = epoch + 1, next_offset = $3,
                    mark = CASE WHEN next_offset = $3 THEN mark END
                WHERE topic = $1 AND partition = $2
                """,
                [.text(gap.topic), .int4(gap.partition), .int8(gap.resumeAt)]
            )
            for table in ["published_offset", "log_gap"] {
                try await connection.query(
                    "DELETE FROM \(table) WHERE topic = $1 AND partition = $2",
                    [.text(gap.topic), .int4(gap.partition)]
                )
            }
        }
    }
}
