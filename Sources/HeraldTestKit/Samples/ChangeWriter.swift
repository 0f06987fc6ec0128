import Events
import Foundation
package import Postgres
import Vaccination

/// Commits changes as the intake does, record before outbox (D-80), without files and in any size of transaction.
package struct ChangeWriter: Sendable {
    private let pool: PostgresPool

    /// A writer with connections of the pool.
    package init(_ pool: PostgresPool) { self.pool = pool }

    /// Commits changes in one transaction.
    ///
    /// - Parameters:
    ///   - changes: The changes, in order.
    ///   - pause: How long the transaction stays open after everything is written.
    ///   - commits: False rolls back instead.
    /// - Throws: Errors of the database.
    package func write(_ changes: [SampleChange], pause: Duration = .zero, commits: Bool = true) async throws {
        do {
            try await pool.withTransaction { connection in
                for change in changes { try await write(change, on: connection) }
                if pause > .zero { try await Task.sleep(for: pause) }
                if !commits { throw Rollback() }
            }
        } catch is Rollback {}
    }

    /// Commits changes of many records at once: every record's first change, then every record's second, and so on.
    package func write(records: Range<Int>, changesEach: Int) async throws {
        for _ in 0..<changesEach {
            try await pool.withTransaction { connection in
                for record in records { try await write(SampleChange(record), on: connection) }
            }
        }
    }

    private func write(_ change: SampleChange, on connection: PostgresConnection) async throws {
        let id = change.recordID.uuid
        let kind = change.removes ? EventKind.removed : .corrected
        let row = try await connection.query(
            change.removes ? Self.removal : Self.replacement,
            change.removes
                ? [.uuid(id)]
                : [
                    .uuid(id), .text(change.identifier.system), .text(change.identifier.value), number(of: change),
                    .text(change.vaccineType), .text(change.performer),
                ]
        ).first
        guard let row else { return }
        let number = try row.decode("change", as: Int32.self)
        let resource = change.resource(change: number)
        try await connection.query(
            """
            INSERT INTO immunization_version (immunization_id, change, version, kind, content_change, resource, nhs_number,
                vaccine_type, performer, supplier, committed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'EMIS', now())
            """,
            [
                .uuid(id), .int4(number), .int4(try row.decode("version", as: Int32.self)),
                .int2(number == 1 ? EventKind.recorded.rawValue : kind.rawValue),
                .int4(try row.decode("content_change", as: Int32.self)),
                change.removes ? .typedNull(.bytes) : .bytes(resource),
                try row.decode("nhs_number", as: Int64?.self).map { .int8($0) } ?? .typedNull(.int8),
                .text(try row.decode("vaccine_type", as: String.self)),
                .text(try row.decode("performer", as: String.self)),
            ]
        )
        try await connection.query(
            "INSERT INTO outbox (shard, record_id, change) VALUES ($1, $2, $3)",
            [.int2(Shard(of: change.recordID).number), .uuid(id), .int4(number)]
        )
    }

    private func number(of change: SampleChange) -> PostgresValue {
        change.patient.map { .int8(Int64(NHSNumber.sample($0).value)) } ?? .typedNull(.int8)
    }

    private struct Rollback: Error {}

    private static let returning = "RETURNING change, version, content_change, nhs_number, vaccine_type, performer"

    private static let replacement = """
        INSERT INTO immunization AS i (id, unique_id_uri, unique_id, nhs_number, vaccine_type, occurrence, performer, supplier,
            version, change, content_change, deleted, updated_at)
        VALUES ($1, $2, $3, $4, $5, now(), $6, 'EMIS', 1, 1, 1, false, now())
        ON CONFLICT (id) DO UPDATE SET nhs_number = excluded.nhs_number, vaccine_type = excluded.vaccine_type,
            performer = excluded.performer, version = i.version + 1, change = i.change + 1, content_change = i.change + 1,
            deleted = false, updated_at = now()
        \(returning)
        """

    private static let removal = """
        UPDATE immunization SET change = change + 1, deleted = true, updated_at = now() WHERE id = $1 AND NOT deleted
        \(returning)
        """
}
