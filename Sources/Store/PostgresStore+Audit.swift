package import Access
import Foundation
package import Postgres

extension PostgresStore: AuditStore {
    package func append(_ records: [AuditRecord]) async throws {
        try await pool.query(Self.auditInsert, Self.auditValues(records))
    }

    /// Adds audit records to a change's own transaction: the change and its record are there together, or
    /// neither is.
    ///
    /// A route takes the record with `context.audit.finished(status:)` and hands it to its store method, which calls this
    /// inside `withTransaction`, after it has set what only the transaction knows (`record.resources` with the new version);
    /// after the commit the route calls `context.audit.markCommitted()`.
    package static func audit(_ records: [AuditRecord], on connection: PostgresConnection) async throws {
        try await connection.query(auditInsert, auditValues(records))
    }

    /// One statement for any number of records; the same records once more add nothing.
    private static let auditInsert = """
        WITH added AS (
            INSERT INTO audit_record (event_id, recorded, patient, client, interaction, outcome, status, entities, details)
            SELECT e, r, p, c, i, o, s, string_to_array(n, ' '), d
            FROM unnest($1::uuid[], $2::timestamptz[], $3::int8[], $4::text[], $5::text[], $6::int2[], $7::int2[],
                $8::text[], $9::text[]) AS t (e, r, p, c, i, o, s, n, d)
            ON CONFLICT (event_id) DO NOTHING
            RETURNING id
        )
        INSERT INTO audit_unsealed (id) SELECT id FROM added
        """

    private static func auditValues(_ records: [AuditRecord]) throws -> [PostgresValue] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [
            .uuids(records.map(\.eventID)),
            .timestamps(records.map(\.recorded)),
            .int8s(optional: records.map { $0.patient.flatMap { Int64($0.digits) } }),
            .texts(optional: records.map(\.client)),
            .texts(records.map(\.interaction.rawValue)),
            .int2s(records.map(\.outcome.rawValue)),
            .array(of: .int2, records.map { .int2(optional: $0.status.map { Int16(clamping: $0) }) }),
            // No type and no id holds a space.
            .texts(records.map { $0.resources.map(\.reference).joined(separator: " ") }),
            .texts(try records.map { String(decoding: try encoder.encode($0.details), as: UTF8.self) }),
        ]
    }
}
