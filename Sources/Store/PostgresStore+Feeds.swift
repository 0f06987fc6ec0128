package import Feeds
package import Foundation
import Postgres

extension PostgresStore {
    package func claim(owner: UUID, lease: Duration) async throws -> FeedClaim? {
        try await pool.withTransaction { connection in
            // One claim at a time, so that each sees the one before: two files of a queue must never be in progress.
            try await Self.lockClaims(on: connection)
            try await connection.query(
                """
                WITH silent AS (
                    UPDATE feed SET status = 'Failed', finished_at = now(), lease_until = NULL,
                        reason = 'The upload broke off. Send the file again.'
                    WHERE status = 'Receiving' AND lease_until < now() RETURNING id
                )
                INSERT INTO feed_event (feed_id, kind, actor, detail)
                SELECT id, 'refused', 'hub', 'the upload was silent for too long' FROM silent
                """
            )
            let rows = try await connection.query(
                """
                WITH next AS (
                    SELECT f.id FROM feed f
                    WHERE f.status IN ('Queued', 'Processing') AND (f.lease_until IS NULL OR f.lease_until < now())
                      AND NOT EXISTS (
                          SELECT FROM feed_queue q WHERE q.supplier = f.supplier AND q.vaccine_type = f.vaccine_type)
                      AND (f.status = 'Processing' OR NOT EXISTS (
                          SELECT FROM feed e
                          WHERE e.supplier = f.supplier AND e.vaccine_type = f.vaccine_type
                            AND e.status IN ('Queued', 'Processing', 'Paused', 'Halted')
                            AND (e.status IN ('Processing', 'Halted') OR e.status = 'Paused' AND e.started_at IS NOT NULL
                                 OR (e.received_at, e.id) < (f.received_at, f.id))))
                    ORDER BY f.received_at, f.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
                )
                UPDATE feed f SET status = 'Processing', lease_owner = $1, lease_epoch = f.lease_epoch + 1,
                    lease_until = now() + $2 * interval '1 millisecond', started_at = coalesce(f.started_at, now())
                FROM next WHERE f.id = next.id
                RETURNING f.id, f.vaccine_type, f.supplier, f.encoding, f.lease_epoch, f.given_up_rows
                """,
                [.uuid(owner), .int8(Int64(lease / .milliseconds(1)))]
            )
            guard let feed = rows.first else { return nil }
            let id = try feed.decode("id", as: UUID.self)
            let worker = "worker \(owner.uuidString.prefix(8).lowercased())"
            try await Self.record(.claimed, of: FeedID(id), by: worker, detail: nil, on: connection)
            let checkpoints = try await connection.query(
                "SELECT row_number, byte_offset FROM feed_checkpoint WHERE feed_id = $1 ORDER BY writer",
                [.uuid(id)]
            )
            return FeedClaim(
                id: FeedID(id),
                vaccineType: try feed.decode("vaccine_type", as: String.self),
                supplier: try feed.decode("supplier", as: String.self),
                encoding: try feed.choice("encoding"),
                epoch: try feed.decode("lease_epoch", as: Int64.self),
                checkpoints: try checkpoints.map { row in
                    let offset = try row.decode("byte_offset", as: Int64.self)
                    return FeedPosition(
                        byteOffset: offset,
                        rowNumber: try row.decode("row_number", as: Int64.self),
                        headerRead: offset > 0
                    )
                },
                givenUpRows: Set(try feed.decode("given_up_rows", as: [Int64].self))
            )
        }
    }

    /// Key of the advisory lock that claims take; any number that nothing else uses.
    private static let claimLock: Int64 = 0x6865_7261_6c64_0001

    static func lockClaims(on connection: PostgresConnection) async throws {
        try await connection.query("SELECT pg_advisory_xact_lock($1)", [.int8(claimLock)])
    }

    package func renew(_ claim: FeedClaim, lease: Duration) async throws -> Bool {
        let renewed = try await pool.query(
            """
            UPDATE feed SET lease_until = now() + $3 * interval '1 millisecond' WHERE id = $1 AND lease_epoch = $2
            """,
            [.uuid(claim.id.uuid), .int8(claim.epoch), .int8(Int64(lease / .milliseconds(1)))]
        )
        return renewed.affectedRows == 1
    }

    package func release(_ claim: FeedClaim) async throws {
        _ = try await pool.query(
            "UPDATE feed SET lease_until = NULL WHERE id = $1 AND lease_epoch = $2",
            [.uuid(claim.id.uuid), .int8(claim.epoch)]
        )
    }

    package func finish(
        _ claim: FeedClaim,
        status: FeedStatus,
        totalRows: Int64,
        reason: String?
    ) async throws {
        let finished = try await pool.query(
            """
            WITH done AS (
                UPDATE feed SET status = $3, total_rows = $4, reason = $5, finished_at = now(), lease_until = NULL
                WHERE id = $1 AND lease_epoch = $2 RETURNING id
            )
            INSERT INTO feed_event (feed_id, kind, actor, detail) SELECT id, 'finished', 'hub', $3 FROM done
            """,
            [
                .uuid(claim.id.uuid), .int8(claim.epoch), .text(status.rawValue), .int8(totalRows),
                .text(optional: reason),
            ]
        )
        guard finished.affectedRows == 1 else { throw FeedLost() }
    }

    package func halt(_ claim: FeedClaim, row: Int64?, reason: String) async throws {
        try await pool.withTransaction { connection in
            let halted = try await connection.query(
                "UPDATE feed SET status = 'Halted', halted_row = $3, reason = $4 WHERE id = $1 AND lease_epoch = $2",
                [.uuid(claim.id.uuid), .int8(claim.epoch), .int8(optional: row), .text(reason)]
            )
            guard halted.affectedRows == 1 else { throw FeedLost() }
            try await Self.fence(claim.id, on: connection)
            try await Self.record(.halted, of: claim.id, by: "hub", detail: reason, on: connection)
        }
    }

    package func isTransient(_ error: any Error) -> Bool {
        error is CancellationError || (error as? PostgresError)?.isTransient ?? false
    }

    package func summary(of id: FeedID) async throws -> FeedSummary? {
        let rows = try await pool.query(Self.summaryQuery("WHERE id = $1"), [.uuid(id.uuid)])
        return try rows.first.map(Self.summary)
    }

    package func summaries(limit: Int) async throws -> [FeedSummary] {
        let rows = try await pool.query(
            Self.summaryQuery("ORDER BY received_at DESC, id LIMIT $1"),
            [.int8(Int64(limit))]
        )
        return try rows.map(Self.summary)
    }

    package func feedsToForward(limit: Int) async throws -> [FeedSummary] {
        let rows = try await pool.query(
            Self.summaryQuery("WHERE status = 'Forwarding' ORDER BY received_at, id LIMIT $1"),
            [.int8(Int64(limit))]
        )
        return try rows.map(Self.summary).reversed()
    }

    package func markForwarded(_ id: FeedID) async throws {
        _ = try await pool.query(
            "UPDATE feed SET status = 'Forwarded', finished_at = now() WHERE id = $1 AND status = 'Forwarding'",
            [.uuid(id.uuid)]
        )
    }

    /// Feeds chosen by `selection`, and only their counts added up.
    private static func summaryQuery(_ selection: String) -> String {
        """
        SELECT f.id, f.name, f.vaccine_type, f.supplier, f.client, f.status, f.reason, f.received_at, f.started_at, f.finished_at,
            f.bytes, f.total_rows, f.is_accepted, f.halted_row, EXISTS (
                SELECT FROM feed_queue q WHERE q.supplier = f.supplier AND q.vaccine_type = f.vaccine_type
                    AND f.status IN ('Queued', 'Processing')) AS queue_paused,
            c.applied_bytes, c.created, c.updated, c.reinstated, c.deleted, c.rejected, c.warned
        FROM (SELECT * FROM feed \(selection)) f CROSS JOIN LATERAL (
            SELECT coalesce(sum(created), 0)::bigint AS created, coalesce(sum(updated), 0)::bigint AS updated,
                coalesce(sum(reinstated), 0)::bigint AS reinstated, coalesce(sum(deleted), 0)::bigint AS deleted,
                coalesce(sum(rejected), 0)::bigint AS rejected, coalesce(sum(warned), 0)::bigint AS warned,
                coalesce(max(byte_offset), 0) AS applied_bytes
            FROM feed_checkpoint WHERE feed_id = f.id) c
        ORDER BY f.received_at DESC, f.id
        """
    }

    private static func summary(_ row: PostgresRow) throws -> FeedSummary {
        var counts = RowCounts()
        counts.created = try row.decode("created", as: Int64.self)
        counts.updated = try row.decode("updated", as: Int64.self)
        counts.reinstated = try row.decode("reinstated", as: Int64.self)
        counts.deleted = try row.decode("deleted", as: Int64.self)
        counts.rejected = try row.decode("rejected", as: Int64.self)
        counts.warned = try row.decode("warned", as: Int64.self)
        return FeedSummary(
            id: FeedID(try row.decode("id", as: UUID.self)),
            name: try row.decode("name", as: String.self),
            vaccineType: try row.decode("vaccine_type", as: String?.self),
            supplier: try row.decode("supplier", as: String?.self),
            client: try row.decode("client", as: String.self),
            status: try row.choice("status"),
            reason: try row.decode("reason", as: String?.self),
            receivedAt: try row.decode("received_at", as: Date.self),
            startedAt: try row.decode("started_at", as: Date?.self),
            finishedAt: try row.decode("finished_at", as: Date?.self),
            bytes: try row.decode("bytes", as: Int64.self),
            appliedBytes: try row.decode("applied_bytes", as: Int64.self),
            isAccepted: try row.decode("is_accepted", as: Bool.self),
            totalRows: try row.decode("total_rows", as: Int64?.self),
            counts: counts,
            haltedRow: try row.decode("halted_row", as: Int64?.self),
            isQueuePaused: try row.decode("queue_paused", as: Bool.self)
        )
    }
}

extension PostgresError {
    /// Whether waiting may mend it, seen from a feed.
    ///
    /// The database is away, full, out of memory, read-only after a change of primary, or somebody holds a lock. Everything else
    /// would come again with the same row.
    fileprivate var isTransient: Bool {
        switch self {
        case .connection, .closed, .cancelled: true
        case .transaction(let body, let rollback):
            rollback.isTransient || (body as? PostgresError)?.isTransient ?? false
        case .server(let state, _, _, _):
            state.isRetriable || ["40", "53", "55", "57", "58"].contains(state.classCode) || state.rawValue == "25006"
        case .configuration, .encoding, .decoding, .misuse, .migration, .cluster: false
        }
    }
}
