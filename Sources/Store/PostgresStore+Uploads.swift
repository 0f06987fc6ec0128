package import Feeds
import Postgres

extension PostgresStore: FeedStore {
    /// How long an upload may be silent before it counts as broken off.
    private static let uploadLease = "interval '10 minutes'"

    package func begin(_ feed: ReceivedFeed) async throws {
        try await insert(feed, status: .receiving, reason: nil)
    }

    package func refuse(_ feed: ReceivedFeed, status: FeedStatus, reason: String) async throws {
        try await insert(feed, status: status, reason: reason)
    }

    private func insert(_ feed: ReceivedFeed, status: FeedStatus, reason: String?) async throws {
        _ = try await pool.query(
            """
            INSERT INTO feed (id, name, vaccine_type, ods_code, supplier, client, status, reason, lease_until, finished_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + \(Self.uploadLease),
                CASE WHEN $8::text IS NULL THEN NULL ELSE now() END)
            """,
            [
                .uuid(feed.id.uuid), .text(feed.name), .text(optional: feed.vaccineType), .text(optional: feed.odsCode),
                .text(optional: feed.supplier), .text(feed.client), .text(status.rawValue), .text(optional: reason),
            ]
        )
    }

    package func append(_ bytes: [UInt8], chunk: Int, start: Int64, to id: FeedID) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                "INSERT INTO feed_chunk (feed_id, chunk, start, bytes) VALUES ($1, $2, $3, $4)",
                [.uuid(id.uuid), .int4(Int32(chunk)), .int8(start), .bytes(bytes)]
            )
            try await connection.query(
                "UPDATE feed SET bytes = $2, lease_until = now() + \(Self.uploadLease) WHERE id = $1",
                [.uuid(id.uuid), .int8(start + Int64(bytes.count))]
            )
        }
    }

    package func complete(_ id: FeedID, content: ReceivedContent) async throws {
        do {
            try await pool.withTransaction { connection in
                try await connection.query(
                    """
                    INSERT INTO feed_checkpoint (feed_id, writer)
                    SELECT id, generate_series(0, writers - 1) FROM feed WHERE id = $1
                    """,
                    [.uuid(id.uuid)]
                )
                // Its place in the queue is that of its last byte: what is still on its way holds nobody up. The reason
                // goes because a silent upload may have been given up as broken off before it went on.
                try await connection.query(
                    """
                    UPDATE feed SET status = $2, bytes = $3, sha256 = $4, encoding = $5, lease_until = NULL,
                        received_at = now(), finished_at = NULL, reason = NULL
                    WHERE id = $1
                    """,
                    [
                        .uuid(id.uuid), .text(FeedStatus.queued.rawValue), .int8(content.bytes),
                        .bytes(content.sha256), .text(content.encoding.rawValue),
                    ]
                )
            }
        } catch let error as PostgresError where error.constraint == "feed_name" {
            throw FeedFileError.duplicateName
        }
    }

    package func abandon(_ id: FeedID, status: FeedStatus, reason: String) async throws {
        // Not one that is queued already: the answer to `complete` may have been lost.
        _ = try await pool.query(
            """
            UPDATE feed SET status = $2, reason = $3, finished_at = now(), lease_until = NULL
            WHERE id = $1 AND status = 'Receiving'
            """,
            [.uuid(id.uuid), .text(status.rawValue), .text(reason)]
        )
    }

    package func chunk(of id: FeedID, at offset: Int64) async throws -> FeedChunk? {
        let rows = try await pool.query(
            """
            SELECT start, bytes FROM feed_chunk
            WHERE feed_id = $1 AND chunk = $2 AND start + length(bytes) > $3
            """,
            [.uuid(id.uuid), .int4(Int32(offset / Int64(FeedChunk.size))), .int8(offset)]
        )
        return try rows.first.map { row in
            FeedChunk(start: try row.decode("start", as: Int64.self), bytes: try row.decode("bytes", as: [UInt8].self))
        }
    }
}
