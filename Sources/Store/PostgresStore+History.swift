import Foundation
import Postgres
package import Vaccination

extension PostgresStore: HistoryStore {
    package func records(of patient: NHSNumber) async throws -> [StoredImmunization] {
        let rows = try await pool.query(
            """
            SELECT \(Self.storedColumns) FROM immunization i
            JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.content_change
            WHERE i.nhs_number = $1 AND NOT i.deleted ORDER BY i.occurrence DESC, i.id
            """,
            [.int8(patient.stored)]
        )
        return try rows.map(Self.stored)
    }

    package func person(_ number: NHSNumber) async throws -> HistoryPerson {
        // Up to the number that counts, then down to all that it has taken the place of. UNION ends a circle, which only a
        // wrong file can make.
        let rows = try await pool.query(
            """
            WITH RECURSIVE later (number, step) AS (
                SELECT $1::bigint, 0
                UNION ALL
                SELECT p.superseded_by, step + 1 FROM later JOIN patient p ON p.nhs_number = number
                WHERE p.superseded_by IS NOT NULL AND step < 16
            ), family (number) AS (
                (SELECT number FROM later ORDER BY step DESC LIMIT 1)
                UNION
                SELECT p.nhs_number FROM family JOIN patient p ON p.superseded_by = number
            )
            SELECT number, p.confidentiality, p.flag,
                number = (SELECT number FROM later ORDER BY step DESC LIMIT 1) AS is_current
            FROM family LEFT JOIN patient p ON p.nhs_number = number
            """,
            [.int8(number.stored)]
        )
        var person = HistoryPerson(current: number)
        for row in rows {
            guard let found = try row.nhsNumber("number") else { continue }
            person.numbers.insert(found)
            person.confidentiality = max(person.confidentiality, try row.confidentiality())
            if try row.decode("is_current", as: Bool.self) { person.current = found }
        }
        return person
    }

    package func record(_ id: RecordID) async throws -> StoredImmunization? {
        let rows = try await pool.query(
            """
            SELECT \(Self.storedColumns) FROM immunization i
            JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.content_change
            WHERE i.id = $1 AND NOT i.deleted
            """,
            [.uuid(id.uuid)]
        )
        return try rows.first.map(Self.stored)
    }

    private static let storedColumns = "i.id, i.version, i.nhs_number, i.vaccine_type, v.committed_at, v.resource"

    private static func stored(_ row: PostgresRow) throws -> StoredImmunization {
        StoredImmunization(
            id: try row.recordID("id"),
            version: try row.decode("version", as: Int32.self),
            nhsNumber: try row.nhsNumber("nhs_number"),
            vaccineType: try row.decode("vaccine_type", as: String.self),
            committedAt: try row.decode("committed_at", as: Date.self),
            resource: try row.decode("resource", as: [UInt8].self)
        )
    }
}
