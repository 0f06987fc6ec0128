package import Foundation
import Postgres

/// What `herald bench query` asks of a database that is its own.
extension PostgresStore {
    /// Records that are there, of patients whose number is known: as many as asked, to be copied.
    package func sampleRecords(_ count: Int) async throws -> [UUID] {
        try await pool.query(
            "SELECT id FROM immunization WHERE nhs_number IS NOT NULL AND NOT deleted ORDER BY id LIMIT $1",
            [.int8(Int64(count))]
        ).map { try $0.decode("id", as: UUID.self) }
    }

    /// Gives each patient a copy of each of these records, whole rows with whatever columns there are.
    package func copy(_ records: [UUID], to patients: [Int64]) async throws {
        let id = "md5(p || '/' || t.%@)::uuid"
        let text = "convert_from(t.resource, 'UTF8')"
        let versionID = String(format: id, "immunization_id")
        let resource =
            "replace(replace(\(text), t.immunization_id::text, \(versionID)::text), t.nhs_number::text, p::text)"
        let copies = [
            (
                table: "immunization", key: "id",
                values: [
                    "id": String(format: id, "id"), "nhs_number": "p", "unique_id": "t.unique_id || '/' || p",
                ]
            ),
            (
                table: "immunization_version", key: "immunization_id",
                values: [
                    "immunization_id": versionID, "nhs_number": "p", "resource": "convert_to(\(resource), 'UTF8')",
                ]
            ),
        ]
        for copy in copies {
            // Names out of the server's own catalogue, and ours: nothing that anybody sends.
            let columns = try await columns(of: copy.table)
            let values = columns.map { copy.values[$0] ?? "t.\"\($0)\"" }
            _ = try await pool.query(
                """
                INSERT INTO \(copy.table) (\(columns.map { "\"\($0)\"" }.joined(separator: ", ")))
                SELECT \(values.joined(separator: ", ")) FROM unnest($1::bigint[]) AS p, \(copy.table) t
                WHERE t.\(copy.key) = ANY ($2)
                """,
                [.int8s(patients), .uuids(records)]
            )
        }
    }

    /// Makes the database what it is when it has been running for a while.
    package func settle() async throws {
        try await pool.withConnection { connection in
            try await connection.execute(script: "VACUUM (ANALYZE) immunization")
            try await connection.execute(script: "VACUUM (ANALYZE) immunization_version")
            try await connection.execute(script: "CHECKPOINT")
        }
    }

    private func columns(of table: String) async throws -> [String] {
        try await pool.query(
            """
            SELECT attname::text AS name FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
            """,
            [.text(table)]
        ).map { try $0.decode("name", as: String.self) }
    }
}
