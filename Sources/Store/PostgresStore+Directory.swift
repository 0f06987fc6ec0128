import Events
import FHIR
import Postgres
package import Subscriptions
import Vaccination

extension PostgresStore {
    /// Which of these ODS codes are of no practice that was loaded.
    package func unknownPractices(of codes: Set<String>) async throws -> [String] {
        let rows = try await pool.query(
            """
            SELECT c FROM unnest($1::text[]) AS k (c) WHERE NOT EXISTS (SELECT FROM practice WHERE ods_code = c) ORDER BY c
            """,
            [.texts(Array(codes))]
        )
        return try rows.map { try $0.decode("c", as: String.self) }
    }

    package func load(patients: [PatientRegistration], columns: Set<PatientRegistration.Column>) async throws {
        // Later entries win, and one statement must not meet a key twice.
        let latest = Array(Dictionary(patients.map { ($0.nhsNumber, $0) }) { $1 }.values)
        func kept(_ column: PatientRegistration.Column) -> PostgresValue { .bool(!columns.contains(column)) }
        let names = columns.map(\.rawValue).sorted().joined(separator: ", ")
        try await pool.withTransaction { connection in
            try await connection.query(
                """
                INSERT INTO patient AS p (nhs_number, practice, birth_date, postcode, flag, confidentiality, superseded_by)
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::bigint[]) k
                ORDER BY 1
                ON CONFLICT (nhs_number) DO UPDATE SET updated_at = now(),
                    practice = CASE WHEN $8 THEN p.practice ELSE excluded.practice END,
                    birth_date = CASE WHEN $9 THEN p.birth_date ELSE excluded.birth_date END,
                    postcode = CASE WHEN $10 THEN p.postcode ELSE excluded.postcode END,
                    flag = CASE WHEN $11 THEN p.flag ELSE excluded.flag END,
                    confidentiality = CASE WHEN $12 THEN p.confidentiality ELSE excluded.confidentiality END,
                    superseded_by = CASE WHEN $13 THEN p.superseded_by ELSE excluded.superseded_by END
                """,
                [
                    .int8s(latest.map(\.nhsNumber.stored)), .texts(optional: latest.map(\.practice)),
                    .array(of: .date, latest.map { .date(optional: $0.birthDate?.daysSince1970) }),
                    .texts(optional: latest.map { $0.postcode?.text }),
                    .texts(optional: latest.map { $0.flag?.rawValue }),
                    .texts(optional: latest.map { $0.confidentiality?.rawValue }),
                    .int8s(optional: latest.map { $0.supersededBy?.stored }),
                    kept(.practice), kept(.birthDate), kept(.postcode), kept(.flag), kept(.confidentiality),
                    kept(.supersededBy),
                ]
            )
            try await Self.hurry(latest.map(\.nhsNumber), on: connection)
            try await record("\(latest.count) patients loaded into the directory: \(names)", on: connection)
        }
    }

    /// Keeps what an outside directory has said about showing a patient's records: the history is asked where that directory
    /// is not (`immunisation-history.md` ).
    ///
    /// Most patients are unrestricted and have one number, which need not be written down.
    func keep(_ details: [NHSNumber: PatientDetails]) async throws {
        _ = try await pool.query(
            """
            INSERT INTO patient AS p (nhs_number, confidentiality, superseded_by)
            SELECT k.* FROM unnest($1::bigint[], $2::text[], $3::bigint[]) k (nhs_number, confidentiality, superseded_by)
            LEFT JOIN patient o USING (nhs_number)
            WHERE (k.confidentiality, k.superseded_by) IS DISTINCT FROM (coalesce(o.confidentiality, 'U'), o.superseded_by)
            ORDER BY k.nhs_number
            ON CONFLICT (nhs_number) DO UPDATE
            SET confidentiality = excluded.confidentiality, superseded_by = excluded.superseded_by, updated_at = now()
            """,
            [
                .int8s(details.keys.map(\.stored)), .texts(details.values.map(\.confidentiality.rawValue)),
                .int8s(optional: details.values.map { $0.supersededBy?.stored }),
            ]
        )
    }

    package func load(places: [PostcodePlace]) async throws {
        let latest = Array(Dictionary(places.map { ($0.prefix, $0) }) { $1 }.values)
        try await pool.withTransaction { connection in
            try await connection.query(
                """
                INSERT INTO postcode_place (prefix, sub_location, authority, country)
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) k ORDER BY 1
                ON CONFLICT (prefix) DO UPDATE
                SET sub_location = excluded.sub_location, authority = excluded.authority, country = excluded.country
                """,
                [
                    .texts(latest.map(\.prefix)), .texts(optional: latest.map(\.subLocation)),
                    .texts(optional: latest.map(\.authority)), .texts(optional: latest.map(\.country)),
                ]
            )
            try await record("\(latest.count) places of postcodes loaded", on: connection)
        }
    }

    /// What the directory's table says of patients.
    static func registrations(
        of numbers: Set<NHSNumber>,
        on connection: PostgresConnection
    ) async throws -> [NHSNumber: PatientDetails] {
        guard !numbers.isEmpty else { return [:] }
        let rows = try await connection.query(
            """
            SELECT nhs_number, practice, birth_date, postcode, flag IS NOT NULL OR coalesce(confidentiality, 'U') <> 'U'
            FROM patient WHERE nhs_number = ANY($1)
            """,
            [.int8s(numbers.map(\.stored))]
        )
        var details: [NHSNumber: PatientDetails] = [:]
        details.reserveCapacity(rows.count)
        for row in rows {
            details[try row.nhsNumber(0)] = PatientDetails(
                practice: try row.decode(1, as: String?.self),
                birthDate: try row.decode(2, as: PostgresDay?.self)
                    .map { CivilDate(daysSince1970: $0.daysSince1970) },
                postcode: try row.decode(3, as: String?.self).flatMap { Postcode($0) },
                isRestricted: try row.decode(4, as: Bool.self)
            )
        }
        return details
    }

    /// Puts to each patient where practice and home lie, as far as that was loaded.
    static func addGeography(
        to patients: inout [NHSNumber: PatientDetails],
        on connection: PostgresConnection
    ) async throws {
        let practices = try await connection.query(
            "SELECT ods_code, sub_location FROM practice WHERE ods_code = ANY($1) AND sub_location IS NOT NULL",
            [.texts(Array(Set(patients.values.compactMap(\.practice))))]
        )
        var subLocations: [String: String] = [:]
        for row in practices {
            subLocations[try row.decode("ods_code", as: String.self)] = try row.decode("sub_location", as: String.self)
        }
        let rows = try await connection.query(
            "SELECT prefix, sub_location, authority, country FROM postcode_place WHERE prefix = ANY($1)",
            [.texts(Array(Set(patients.values.compactMap(\.postcode).flatMap(\.prefixes))))]
        )
        var places: [String: PostcodePlace] = [:]
        for row in rows {
            let prefix = try row.decode("prefix", as: String.self)
            places[prefix] = PostcodePlace(
                prefix: prefix,
                subLocation: try row.decode("sub_location", as: String?.self),
                authority: try row.decode("authority", as: String?.self),
                country: try row.decode("country", as: String?.self)
            )
        }
        for (number, patient) in patients {
            let home = (patient.postcode?.prefixes ?? []).compactMap { places[$0] }
            patients[number]?.geography = PatientGeography(
                practiceSubLocation: patient.practice.flatMap { subLocations[$0] },
                homeSubLocation: home.lazy.compactMap(\.subLocation).first,
                homeAuthority: home.lazy.compactMap(\.authority).first,
                homeCountry: home.lazy.compactMap(\.country).first
            )
        }
    }
}
