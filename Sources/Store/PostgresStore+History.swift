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
