package import Feeds
import Foundation
import Postgres

extension PostgresStore {
    /// How often a batch is tried again after meeting another writer on a key.
    private static let conflictRetries = 20

    @discardableResult
    package func apply(
        _ batch: RowBatch,
        of claim: FeedClaim,
        by supplier: Supplier
    ) async throws -> RowCounts {
        var retries = 0
        while true {
            do {
                return try await pool.withTransaction { connection in
                    try await Self.apply(batch, of: claim, by: supplier, on: connection)
                }
            } catch let error as PostgresError where error.isConflict && retries < Self.conflictRetries {
                // Another feed's writer brought the same record at the same moment; its row is committed now, so a second
                // look finds it (E-10).
                retries += 1
            }
        }
    }

    private static func apply(
        _ batch: RowBatch,
        of claim: FeedClaim,
        by supplier: Supplier,
        on connection: PostgresConnection
    ) async throws -> RowCounts {
        let checkpoint = try await connection.query(
            "SELECT row_number, fence FROM feed_checkpoint WHERE feed_id = $1 AND writer = $2 FOR NO KEY UPDATE",
            [.uuid(claim.id.uuid), .int2(Int16(batch.writer))]
        )
        let done = try checkpoint.first?.decode("row_number", as: Int64.self)
        // The batch is in already: the answer to an earlier COMMIT was lost.
        if done == batch.through.rowNumber { return RowCounts() }
        let fence = try checkpoint.first?.decode("fence", as: Int64.self) ?? .max
        guard done == batch.after.rowNumber, claim.epoch >= fence else { throw FeedLost() }

        var change = BatchChange(batch: batch, feed: claim.id, supplier: supplier, committedAt: Date())
        change.known(try await current(change.recordIDs, on: connection))
        change.decide()
        try await write(change, on: connection)
        try await change.outcomes.insert(of: claim.id, writer: batch.writer, on: connection)
        try await connection.query(
            """
            UPDATE feed_checkpoint SET row_number = $3, byte_offset = $4, created = created + $5, updated = updated + $6,
                reinstated = reinstated + $7, deleted = deleted + $8, rejected = rejected + $9, warned = warned + $10
            WHERE feed_id = $1 AND writer = $2
            """,
            [
                .uuid(claim.id.uuid), .int2(Int16(batch.writer)), .int8(batch.through.rowNumber),
                .int8(batch.through.byteOffset), .int8(change.counts.created), .int8(change.counts.updated),
                .int8(change.counts.reinstated), .int8(change.counts.deleted), .int8(change.counts.rejected),
                .int8(change.counts.warned),
            ]
        )
        return change.counts
    }

    /// The records that are there already, locked in key order so that two feeds cannot wait for each other.
    private static func current(_ ids: [UUID], on connection: PostgresConnection) async throws -> [RecordChange] {
        guard !ids.isEmpty else { return [] }
        let rows = try await connection.query(
            """
            SELECT i.id, i.version, i.change, i.content_change, i.deleted, i.nhs_number, i.vaccine_type, i.performer
            FROM unnest($1::uuid[]) AS k (id) JOIN immunization i ON i.id = k.id
            ORDER BY i.id FOR NO KEY UPDATE OF i
            """,
            [.uuids(ids)]
        )
        return try rows.map { row in
            let version = try row.decode("version", as: Int32.self)
            return RecordChange(
                id: try row.decode("id", as: UUID.self),
                state: try row.decode("deleted", as: Bool.self) ? .deleted(version: version) : .live(version: version),
                change: try row.decode("change", as: Int32.self),
                contentChange: try row.decode("content_change", as: Int32.self),
                nhsNumber: try row.decode("nhs_number", as: Int64?.self),
                vaccineType: try row.decode("vaccine_type", as: String.self),
                performer: Array(try row.decode("performer", as: String.self).utf8),
                isStored: true
            )
        }
    }

    static func write(_ change: BatchChange, on connection: PostgresConnection) async throws {
        if change.created.count > 0 {
            try await connection.copy(into: "immunization", columns: BatchChange.recordColumns, change.created)
        }
        if change.changed.count > 0 {
            try await connection.query(
                """
                CREATE TEMPORARY TABLE IF NOT EXISTS immunization_change ON COMMIT DELETE ROWS
                AS SELECT * FROM immunization WITH NO DATA
                """
            )
            try await connection.copy(into: "immunization_change", columns: BatchChange.recordColumns, change.changed)
            try await connection.query(
                """
                UPDATE immunization i SET nhs_number = c.nhs_number, vaccine_type = c.vaccine_type,
                    occurrence = coalesce(c.occurrence, i.occurrence), performer = c.performer, supplier = c.supplier,
                    version = c.version, change = c.change, content_change = c.content_change, deleted = c.deleted,
                    updated_at = c.updated_at
                FROM immunization_change c WHERE i.id = c.id
                """
            )
        }
        if change.versions.count > 0 {
            try await connection.copy(
                into: "immunization_version",
                columns: BatchChange.versionColumns,
                change.versions
            )
            // After the records are locked or inserted: a record's outbox ids ascend in commit order (D-80).
            try await connection.copy(into: "outbox", columns: BatchChange.outboxColumns, change.outbox)
        }
        if change.found.count > 0 {
            try await connection.copy(into: "feed_row", columns: BatchChange.foundColumns, change.found)
        }
    }
}

extension PostgresError {
    /// Whether the transaction met another writer and may be done again at once.
    var isConflict: Bool {
        isUniqueViolation || sqlState == .serializationFailure || sqlState == .deadlockDetected
    }
}
