import FHIR
import Foundation
import HeraldTestKit
import Postgres
import Vaccination

/// A record that is put into the store as it is, whatever a feed would say to it.
struct HistorySample: Sendable {
    var id = UUID()
    /// Nil for a record without a number.
    var patient: NHSNumber? = .sample(1)
    var type = "FLU"
    /// As written in the resource: a day, or a time with an offset.
    var occurrence = "2024-10-02T14:05:00+01:00"
    var status = "completed"
    var product = "34680411000001107"
    /// Seconds since 1970.
    var updated: Int64 = 1_730_000_000
    var isDeleted = false
    var version: Int32 = 1
    var birthDate = "1965-02-28"

    /// Seconds since 1970 that the column `occurrence` has: a day stands for its first moment in UTC.
    var seconds: Int64 { (FHIRDateTime(occurrence)?.firstMicrosecond ?? 0) / 1_000_000 }

    var resource: JSONValue {
        let updated = FHIRInstant(microseconds: updated * 1_000_000).description
        return [
            "resourceType": "Immunization", "id": .string(id.lowercaseText),
            "meta": ["versionId": .string(String(version)), "lastUpdated": .string(updated)],
            "contained": [
                ["resourceType": "Practitioner", "id": "Pract1", "name": [["family": "Nightingale"]]],
                [
                    "resourceType": "Patient", "id": "Pat1", "name": [["family": "Taylor"]],
                    "birthDate": .string(birthDate), "address": [["postalCode": "EC1A 1BB"]],
                ],
            ],
            "identifier": [["system": "https://supplierABC/identifiers/vacc", "value": .string(id.lowercaseText)]],
            "status": .string(status),
            "vaccineCode": ["coding": [["system": "http://snomed.info/sct", "code": .string(product)]]],
            "patient": ["reference": "#Pat1"],
            "occurrenceDateTime": .string(occurrence),
            "lotNumber": "4120Z001",
            "location": ["identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X99999"]],
            "performer": [
                ["actor": ["reference": "#Pract1"]],
                [
                    "actor": [
                        "type": "Organization",
                        "identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "B0C4P"],
                    ]
                ],
            ],
        ]
    }

    /// Stores records, or puts these in the place of what is stored under their ids.
    static func store(_ samples: [HistorySample], in pool: PostgresPool) async throws {
        let parameters: [PostgresValue] = [
            .uuids(samples.map(\.id)), .int8s(optional: samples.map { $0.patient.map { Int64($0.value) } }),
            .texts(samples.map(\.type)), .int8s(samples.map(\.seconds)), .int8s(samples.map(\.updated)),
            .texts(samples.map { $0.isDeleted ? "true" : "false" }),
            .texts(samples.map { String(decoding: $0.resource.bytes, as: UTF8.self) }),
            .texts(samples.map { String($0.version) }),
        ]
        let source = """
            FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[])
            AS k (id, number, type, occurrence, updated, deleted, resource, version)
            """
        try await pool.withTransaction { connection in
            try await connection.query(
                """
                INSERT INTO immunization_version (immunization_id, change, version, kind, content_change, resource,
                    nhs_number, vaccine_type, performer, supplier, committed_at)
                SELECT id, version::int, version::int, 1, version::int, convert_to(resource, 'UTF8'), number, type, 'B0C4P',
                    'EMIS', to_timestamp(updated) \(source)
                """,
                parameters
            )
            try await connection.query(
                """
                INSERT INTO immunization AS i (id, unique_id_uri, unique_id, nhs_number, vaccine_type, occurrence, performer,
                    supplier, version, change, content_change, deleted, updated_at)
                SELECT id, 'https://supplierABC/identifiers/vacc', id::text, number, type, to_timestamp(occurrence), 'B0C4P',
                    'EMIS', version::int, version::int, version::int, deleted::boolean, to_timestamp(updated) \(source)
                ON CONFLICT (id) DO UPDATE SET nhs_number = excluded.nhs_number, vaccine_type = excluded.vaccine_type,
                    occurrence = excluded.occurrence, version = excluded.version, change = excluded.change,
                    content_change = excluded.content_change, deleted = excluded.deleted, updated_at = excluded.updated_at
                """,
                parameters
            )
        }
    }
}
