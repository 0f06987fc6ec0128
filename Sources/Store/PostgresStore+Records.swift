package import Access
import Events
import FHIR
import Foundation
import Postgres
package import Vaccination

extension PostgresStore: RecordStore {
    package func snapshot(of id: RecordID) async throws -> RecordSnapshot? {
        let rows = try await pool.query(
            """
            SELECT i.change, i.version, i.deleted, i.unique_id_uri, i.unique_id, i.nhs_number, i.vaccine_type,
                v.committed_at, v.resource
            FROM immunization i JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.content_change
            WHERE i.id = $1
            """,
            [.uuid(id.uuid)]
        )
        return try rows.first.map { row in
            RecordSnapshot(
                id: id,
                change: try row.decode("change", as: Int32.self),
                version: try row.decode("version", as: Int32.self),
                isDeleted: try row.decode("deleted", as: Bool.self),
                identifier: RecordIdentifier(
                    system: try row.decode("unique_id_uri", as: String.self),
                    value: try row.decode("unique_id", as: String.self)
                ),
                nhsNumber: try row.nhsNumber("nhs_number"),
                vaccineType: try row.decode("vaccine_type", as: String.self),
                committedAt: try row.decode("committed_at", as: Date.self),
                resource: try row.decode("resource", as: [UInt8].self)
            )
        }
    }

    package func version(_ version: Int32, of id: RecordID) async throws -> RecordVersion? {
        let rows = try await pool.query(
            """
            SELECT \(Self.versionColumns) FROM immunization_version
            WHERE immunization_id = $1 AND version = $2 AND resource IS NOT NULL
            """,
            [.uuid(id.uuid), .int4(version)]
        )
        return try rows.first.map { try Self.version($0, of: id) }
    }

    package func log(of id: RecordID, _ range: RecordLogRange) async throws -> RecordLog {
        let wanted =
            "immunization_id = $1 AND ($2::timestamptz IS NULL OR committed_at >= $2)"
            + " AND ($3::bigint IS NULL OR nhs_number = $3)"
        let filter: [PostgresValue] = [
            .uuid(id.uuid), .timestamp(optional: range.since), .int8(optional: range.patient?.stored),
        ]
        let whole = try await pool.query(
            """
            SELECT count(*) AS total, coalesce(array_agg(DISTINCT vaccine_type), '{}') AS types
            FROM immunization_version WHERE \(wanted)
            """,
            filter
        )
        let page = try await pool.query(
            """
            SELECT \(Self.versionColumns) FROM immunization_version
            WHERE \(wanted) AND ($4::integer IS NULL OR change < $4) ORDER BY change DESC LIMIT $5
            """,
            filter + [.int4(optional: range.before), .int8(Int64(range.limit))]
        )
        return RecordLog(
            total: Int(try whole.first?.decode("total", as: Int64.self) ?? 0),
            vaccineTypes: Set(try whole.first?.decode("types", as: [String].self) ?? []),
            versions: try page.map { try Self.version($0, of: id) }
        )
    }

    package func commit(
        _ plan: RecordPlan,
        by author: RecordAuthor,
        audit: (RecordVersion) -> AuditRecord
    ) async throws -> RecordVersion? {
        let committedAt = Date()
        let resource = plan.resource(committedAt: committedAt)
        do {
            return try await pool.withTransaction { connection in
                let rows = try await connection.query(
                    plan.statement,
                    plan.parameters(author, resource: resource, committedAt: committedAt)
                )
                guard let row = rows.first else { return nil }
                let version = RecordVersion(
                    id: plan.id,
                    change: try row.decode("change", as: Int32.self),
                    version: plan.version,
                    effect: plan.effect,
                    nhsNumber: try row.nhsNumber("nhs_number"),
                    vaccineType: try row.decode("vaccine_type", as: String.self),
                    committedAt: committedAt,
                    resource: resource
                )
                try await Self.audit([audit(version)], on: connection)
                return version
            }
        } catch let error as PostgresError where error.isConflict {
            return nil
        }
    }

    private static let versionColumns = "change, version, kind, nhs_number, vaccine_type, committed_at, resource"

    private static func version(_ row: PostgresRow, of id: RecordID) throws -> RecordVersion {
        RecordVersion(
            id: id,
            change: try row.decode("change", as: Int32.self),
            version: try row.decode("version", as: Int32.self),
            effect: RecordEffect(try row.choice("kind", of: EventKind.self)),
            nhsNumber: try row.nhsNumber("nhs_number"),
            vaccineType: try row.decode("vaccine_type", as: String.self),
            committedAt: try row.decode("committed_at", as: Date.self),
            resource: try row.decode("resource", as: [UInt8]?.self)
        )
    }
}

extension RecordPlan {
    /// The resource as it is stored; nil for a removal.
    fileprivate func resource(committedAt: Date) -> [UInt8]? {
        guard let content else { return nil }
        var writer = ImmunizationWriter()
        var bytes: [UInt8] = []
        writer.write(
            content,
            id: id,
            version: version,
            lastUpdated: FHIRInstant(committedAt).description,
            into: &bytes
        )
        return bytes
    }

    /// Record, version and outbox row in one statement; it does nothing where the record is not as it was read.
    ///
    /// The outbox row is made of what the first part returns, so its number is drawn while the record is locked: a record's
    /// outbox ids ascend in commit order (D-80).
    fileprivate var statement: String {
        """
        WITH record AS (\(recordStatement) RETURNING *),
        version AS (
            INSERT INTO immunization_version (immunization_id, change, version, kind, content_change, resource, nhs_number,
                vaccine_type, performer, supplier, committed_at, client)
            SELECT id, change, version, $6, content_change, $7, nhs_number, vaccine_type, performer, supplier, updated_at, $8
            FROM record
        ), queued AS (INSERT INTO outbox (shard, record_id, change) SELECT $9, id, change FROM record)
        SELECT change, nhs_number, vaccine_type FROM record
        """
    }

    private var recordStatement: String {
        switch effect {
        case .created:
            """
            INSERT INTO immunization (id, supplier, updated_at, version, change, content_change, deleted, nhs_number,
                vaccine_type, occurrence, performer, unique_id_uri, unique_id)
            VALUES ($1, $2, $3, $4, coalesce($5, 0) + 1, 1, false, $10, $11, $12, $13, $14, $15)
            ON CONFLICT (id) DO NOTHING
            """
        case .corrected:
            """
            UPDATE immunization SET supplier = $2, updated_at = $3, version = $4, change = change + 1,
                content_change = change + 1, deleted = false, nhs_number = $10, vaccine_type = $11, occurrence = $12,
                performer = $13
            WHERE id = $1 AND change = $5
            """
        case .removed:
            """
            UPDATE immunization SET supplier = $2, updated_at = $3, version = $4, change = change + 1, deleted = true
            WHERE id = $1 AND change = $5
            """
        }
    }

    fileprivate func parameters(
        _ author: RecordAuthor,
        resource: [UInt8]?,
        committedAt: Date
    ) -> [PostgresValue] {
        var values: [PostgresValue] = [
            .uuid(id.uuid), .text(author.supplier), .timestamp(committedAt), .int4(version), .int4(optional: basis),
            .int2(EventKind(effect).rawValue), .bytes(optional: resource), .text(author.client),
            .int2(Shard(of: id).number),
        ]
        guard let content else { return values }
        values += [
            .int8(optional: content.nhsNumber?.stored), .text(content.vaccineType.code),
            .timestamp(Date(timeIntervalSince1970: Double(content.occurrence) / 1_000_000)),
            .text(content.flat.string(.siteCode)),
        ]
        guard effect == .created else { return values }
        return values + [.text(content.identifier.system), .text(content.identifier.value)]
    }
}

extension EventKind {
    /// The event that a change of a record makes; a reinstatement goes out as a correction (`csv-feed.md` §6).
    fileprivate init(_ effect: RecordEffect) {
        self =
            switch effect {
            case .created: .recorded
            case .corrected: .corrected
            case .removed: .removed
            }
    }
}

extension RecordEffect {
    fileprivate init(_ kind: EventKind) {
        self =
            switch kind {
            case .recorded: .created
            case .corrected: .corrected
            case .removed: .removed
            }
    }
}
