package import Feeds
import Foundation
import Postgres

extension PostgresStore: FeedStore {
    /// How long an upload may be silent before it counts as broken off.
    private static let uploadLease = "interval '10 minutes'"

    package func begin(_ feed: ReceivedFeed) async throws {
        do {
            try await pool.withTransaction { connection in
                if let key = feed.idempotencyKey { try await Self.giveUpUpload(key, of: feed.client, on: connection) }
                try await Self.insert(feed, status: .receiving, reason: nil, on: connection)
            }
        } catch let error as PostgresError where error.constraint == "feed_idempotency_key" {
            // Another request with this key came in between.
            throw UploadSuperseded()
        }
    }

    package func refuse(_ feed: ReceivedFeed, status: FeedStatus, reason: String) async throws {
        // A refused upload has not used its key.
        var feed = feed
        feed.idempotencyKey = nil
        try await pool.withTransaction { [feed] connection in
            try await Self.insert(feed, status: status, reason: reason, on: connection)
        }
    }

    /// Ends an unfinished upload; the epoch tells its sender, should that one be alive.
    private static func giveUpUpload(_ key: String, of client: String, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE feed SET idempotency_key = NULL, lease_epoch = lease_epoch + 1, lease_until = NULL,
                finished_at = coalesce(finished_at, now()), status = $3,
                reason = coalesce(reason, 'The upload was begun anew.')
            WHERE client = $1 AND idempotency_key = $2 AND sha256 IS NULL
            """,
            [.text(client), .text(key), .text(FeedStatus.failed.rawValue)]
        )
    }

    private static func insert(
        _ feed: ReceivedFeed,
        status: FeedStatus,
        reason: String?,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            WITH refused AS (
                INSERT INTO feed (id, name, vaccine_type, ods_code, supplier, client, status, reason, lease_until,
                    finished_at, idempotency_key)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + \(Self.uploadLease),
                    CASE WHEN $8::text IS NULL THEN NULL ELSE now() END, $9)
                RETURNING id, client, reason
            )
            INSERT INTO feed_event (feed_id, kind, actor, detail)
            SELECT id, 'refused', client, reason FROM refused WHERE reason IS NOT NULL
            """,
            [
                .uuid(feed.id.uuid), .text(feed.name), .text(optional: feed.vaccineType), .text(optional: feed.odsCode),
                .text(optional: feed.supplier), .text(feed.client), .text(status.rawValue), .text(optional: reason),
                .text(optional: feed.idempotencyKey),
            ]
        )
    }

    package func keptUpload(_ key: String, of client: String) async throws -> KeptUpload? {
        let rows = try await pool.query(
            """
            SELECT id, name, sha256 FROM feed
            WHERE client = $1 AND idempotency_key = $2 AND sha256 IS NOT NULL
            """,
            [.text(client), .text(key)]
        )
        return try rows.first.map { row in
            KeptUpload(
                id: FeedID(try row.decode("id", as: UUID.self)),
                name: try row.decode("name", as: String.self),
                sha256: try row.decode("sha256", as: [UInt8].self)
            )
        }
    }

    package func holder(ofName name: String) async throws -> FeedID? {
        // The same conditions as those of the indexes feed_name and feed_forwarded_name, which decide.
        let rows = try await pool.query(
            """
            SELECT id FROM feed
            WHERE name = $1 AND (status IN ('Queued', 'Processing', 'Paused', 'Halted', 'Preprocessed', 'Processed')
                OR status IN ('Forwarding', 'Forwarded'))
            """,
            [.text(name)]
        )
        return try rows.first.map { FeedID(try $0.decode("id", as: UUID.self)) }
    }

    package func append(_ bytes: [UInt8], chunk: Int, start: Int64, to id: FeedID) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                "INSERT INTO feed_chunk (feed_id, chunk, start, bytes) VALUES ($1, $2, $3, $4)",
                [.uuid(id.uuid), .int4(Int32(chunk)), .int8(start), .bytes(bytes)]
            )
            // Only claims and a new beginning raise the epoch, and nobody claims what is not complete.
            let updated = try await connection.query(
                """
                UPDATE feed SET bytes = $2, lease_until = now() + \(Self.uploadLease)
                WHERE id = $1 AND lease_epoch = 0
                """,
                [.uuid(id.uuid), .int8(start + Int64(bytes.count))]
            )
            guard updated.affectedRows == 1 else { throw UploadSuperseded() }
        }
    }

    package func complete(
        _ id: FeedID,
        content: ReceivedContent,
        status: FeedStatus,
        reason: String?
    ) async throws {
        do {
            try await pool.withTransaction { connection in
                if status == .queued {
                    try await connection.query(
                        """
                        INSERT INTO feed_checkpoint (feed_id, writer)
                        SELECT id, generate_series(0, writers - 1) FROM feed WHERE id = $1
                        """,
                        [.uuid(id.uuid)]
                    )
                }
                // Its place in the queue is that of its last byte: what is still on its way holds nobody up. The reason
                // goes because a silent upload may have been given up as broken off before it went on.
                let completed = try await connection.query(
                    """
                    UPDATE feed SET status = $2, bytes = $3, sha256 = $4, encoding = $5, is_accepted = $6, reason = $7,
                        total_rows = CASE WHEN $6 THEN NULL ELSE 0 END, lease_until = NULL, received_at = now(),
                        finished_at = CASE WHEN $6 THEN NULL ELSE now() END
                    WHERE id = $1 AND lease_epoch = 0
                    """,
                    [
                        .uuid(id.uuid), .text(status.rawValue), .int8(content.bytes), .bytes(content.sha256),
                        .text(content.encoding.rawValue), .bool(!status.isFinal), .text(optional: reason),
                    ]
                )
                guard completed.affectedRows == 1 else { throw UploadSuperseded() }
                try await connection.query(
                    """
                    INSERT INTO feed_event (feed_id, kind, actor, detail)
                    SELECT id, 'received', client, bytes || ' bytes' FROM feed WHERE id = $1
                    UNION ALL
                    SELECT id, CASE WHEN is_accepted THEN 'header checked' ELSE 'refused' END, 'hub', reason
                    FROM feed WHERE id = $1
                    """,
                    [.uuid(id.uuid)]
                )
            }
        } catch let error as PostgresError
            where error.constraint == "feed_name" || error.constraint == "feed_forwarded_name"
        {
            throw FeedFileError.duplicateName
        }
    }

    package func abandon(_ id: FeedID, status: FeedStatus, reason: String) async throws {
        // Not one that is queued already: the answer to `complete` may have been lost.
        _ = try await pool.query(
            """
            WITH abandoned AS (
                UPDATE feed SET status = $2, reason = $3, finished_at = now(), lease_until = NULL
                WHERE id = $1 AND status = 'Receiving' RETURNING id, client, reason
            )
            INSERT INTO feed_event (feed_id, kind, actor, detail) SELECT id, 'refused', client, reason FROM abandoned
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
