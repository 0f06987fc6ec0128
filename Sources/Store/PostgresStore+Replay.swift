package import Events
import Foundation
import Postgres
import Vaccination

extension PostgresStore: ReplayStore {
    package func changes(
        of selection: ReplaySelection,
        after last: RecordChangeKey?,
        limit: Int
    ) async throws -> [RecordChangeKey] {
        let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        let rows = try await pool.query(
            """
            SELECT v.immunization_id, v.change FROM immunization_version v
            WHERE (v.immunization_id, v.change) > ($1, $2)
              AND ($4::timestamptz IS NULL OR v.committed_at >= $4) AND ($5::timestamptz IS NULL OR v.committed_at < $5)
              AND ($6::uuid[] IS NULL OR v.immunization_id = ANY($6))
              AND ($7 OR NOT EXISTS (SELECT FROM event e WHERE e.record_id = v.immunization_id AND e.change = v.change))
            ORDER BY v.immunization_id, v.change LIMIT $3
            """,
            [
                .uuid(last?.recordID.uuid ?? zero), .int4(last?.change ?? 0), .int8(Int64(limit)),
                selection.from.map { .timestamp($0) } ?? .typedNull(.timestamp),
                selection.to.map { .timestamp($0) } ?? .typedNull(.timestamp),
                selection.records.isEmpty ? .typedNull(PostgresType.uuid.array) : .uuids(selection.records.map(\.uuid)),
                .bool(selection.includesRouted),
            ]
        )
        return try rows.map { row in
            RecordChangeKey(
                recordID: try row.recordID("immunization_id"),
                change: try row.decode("change", as: Int32.self)
            )
        }
    }

    @discardableResult
    package func republish(_ changes: [RecordChangeKey]) async throws -> Int {
        guard !changes.isEmpty else { return 0 }
        return try await pool.withTransaction { connection in
            let keys: [PostgresValue] = [.uuids(changes.map(\.recordID.uuid)), .int4s(changes.map(\.change))]
            let inserted = try await connection.query(
                """
                INSERT INTO outbox (shard, record_id, change)
                SELECT get_byte(uuid_send(k.record_id), 15) & 63, k.record_id, k.change
                FROM unnest($1::uuid[], $2::int[]) AS k (record_id, change)
                WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.record_id = k.record_id AND o.change = k.change)
                ORDER BY k.record_id, k.change
                """,
                keys
            )
            try await connection.query(
                """
                DELETE FROM outbox_dead d USING unnest($1::uuid[], $2::int[]) AS k (record_id, change)
                WHERE d.record_id = k.record_id AND d.change = k.change
                """,
                keys
            )
            return inserted.affectedRows
        }
    }

    package func note(operation: String, by name: String, _ detail: String, changes: Int) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                "INSERT INTO event_log_operation (operator, operation, detail, changes) VALUES ($1, $2, $3, $4)",
                [.text(name), .text(operation), .text(detail), .int8(Int64(changes))]
            )
            let change = "event log, \(operation): \(detail)"
            try await Self.audit(change, by: name, with: "herald \(operation)", on: connection)
        }
    }
}
