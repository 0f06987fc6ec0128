package import Feeds
import Postgres

/// What `herald bench` asks of a database that is its own.
extension PostgresStore {
    /// Copies a prepared batch straight in, in one transaction: the same tables, indexes and bytes as applying it, without
    /// the look for records that are there already and without a checkpoint.
    package func copy(_ batch: PreparedBatch) async throws {
        try await pool.withTransaction { connection in
            try await Self.write(batch.change, on: connection)
        }
    }

    /// Shares a queued feed out among so many writers.
    package func share(_ id: FeedID, among writers: Int) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                "UPDATE feed SET writers = $2 WHERE id = $1 AND status = 'Queued'",
                [.uuid(id.uuid), .int2(Int16(writers))]
            )
            try await connection.query("DELETE FROM feed_checkpoint WHERE feed_id = $1", [.uuid(id.uuid)])
            try await connection.query(
                """
                INSERT INTO feed_checkpoint (feed_id, writer)
                SELECT id, generate_series(0, writers - 1) FROM feed WHERE id = $1
                """,
                [.uuid(id.uuid)]
            )
        }
    }

    /// How many bytes of write-ahead log the server has written so far.
    package func walPosition() async throws -> Int64 {
        let rows = try await pool.query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS bytes")
        return try rows.first?.decode("bytes", as: Int64.self) ?? 0
    }

    /// Seconds from the start of a feed's last transaction to the moment its acknowledgement could be fetched.
    package func secondsToAcknowledgement(of id: FeedID) async throws -> Double {
        let rows = try await pool.query(
            """
            SELECT extract(epoch FROM f.finished_at - max(v.committed_at))::float8 AS seconds
            FROM feed f JOIN immunization_version v ON v.feed_id = f.id WHERE f.id = $1 GROUP BY f.finished_at
            """,
            [.uuid(id.uuid)]
        )
        return try rows.first?.decode("seconds", as: Double.self) ?? 0
    }

    /// The server's version, such as `15.18`.
    package func serverVersion() async throws -> String {
        let rows = try await pool.query("SELECT split_part(current_setting('server_version'), ' ', 1) AS version")
        return try rows.first?.decode("version", as: String.self) ?? ""
    }
}
