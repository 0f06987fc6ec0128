import Access
package import Feeds
import Foundation
import Postgres
import Synchronization
import Vaccination

extension PostgresStore: ReferenceStore {
    package func reference() async throws -> ReferenceData {
        let row = try await pool.query("SELECT max(generation) AS generation FROM reference_change").first
        let generation = try row?.decode("generation", as: Int64?.self)
        guard let generation else { return .builtIn }
        if let known = referenceCache.withLock({ $0 }), known.generation == generation { return known }
        // Repeatable read, or a change between two of the statements would give half of each.
        let fresh = try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) {
            try await Self.readReference(on: $0)
        }
        referenceCache.withLock { $0 = fresh }
        return fresh
    }

    @discardableResult
    package func seed(_ data: ReferenceData) async throws -> Bool {
        try data.validate()
        return try await pool.withTransaction { connection in
            try await Self.lockReference(on: connection)
            let present = try await Self.readReference(on: connection)
            guard present.generation == 0 else { return false }
            try await Self.writeReference(data, on: connection)
            try await Self.record(ReferenceDifference(from: present, to: data).lines, by: "first start", on: connection)
            return true
        }
    }

    package func changeReference(
        by actor: String,
        removesUsed: Bool,
        isTrial: Bool,
        _ change: @Sendable (ReferenceData) throws -> ReferenceData
    ) async throws -> ReferenceDifference {
        try await pool.withTransaction { connection in
            try await Self.lockReference(on: connection)
            let stored = try await Self.readReference(on: connection)
            let present = stored.generation == 0 ? ReferenceData.builtIn : stored
            let next = try change(present)
            try next.validate()
            let difference = ReferenceDifference(from: present, to: next)
            if !removesUsed { try await Self.refuseRemovalOfUsed(difference, on: connection) }
            guard !isTrial, !difference.isEmpty || stored.generation == 0 else { return difference }
            try await Self.writeReference(next, on: connection)
            try await Self.record(difference.lines, by: actor, on: connection)
            return difference
        }
    }

    /// One change at a time; readers are not held up.
    private static func lockReference(on connection: PostgresConnection) async throws {
        try await connection.query("LOCK TABLE reference_change IN SHARE ROW EXCLUSIVE MODE")
    }

    private static func readReference(on connection: PostgresConnection) async throws -> ReferenceData {
        let generation = try await connection.query("SELECT max(generation) AS generation FROM reference_change").first
        let types = try await connection.query("SELECT code, target_diseases FROM vaccine_type ORDER BY place")
        let suppliers = try await connection.query(
            """
            SELECT s.name, s.permissions, s.do_not_echo_to,
                array(SELECT ods_code FROM supplier_ods_code o WHERE o.supplier = s.name ORDER BY o.place) AS ods_codes
            FROM supplier s ORDER BY s.place
            """
        )
        return try ReferenceData(
            generation: generation?.decode("generation", as: Int64?.self) ?? 0,
            vaccineTypes: VaccineTypes(types.map(vaccineType)),
            suppliers: Suppliers(suppliers.map(supplier))
        )
    }

    private static func vaccineType(_ row: PostgresRow) throws -> VaccineType {
        let json = try row.decode("target_diseases", as: String.self)
        let diseases = try JSONDecoder().decode([[String: String]].self, from: Data(json.utf8))
        return VaccineType(
            code: try row.decode("code", as: String.self),
            targetDiseases: try diseases.map { disease in
                Disease(
                    code: try row.require(disease["code"], "target_diseases"),
                    display: try row.require(disease["display"], "target_diseases")
                )
            }
        )
    }

    private static func supplier(_ row: PostgresRow) throws -> Supplier {
        let name = try row.decode("name", as: String.self)
        return Supplier(
            name: name,
            permissions: try Suppliers.permissions(row.decode("permissions", as: [String].self), of: name),
            odsCodes: try row.decode("ods_codes", as: [String].self)
                .map { try row.require(ODSCode($0), "ods_codes") },
            doNotEchoTo: Set(try row.decode("do_not_echo_to", as: [String].self))
        )
    }

    /// Something that is removed must not be what a client or a feed still refers to.
    private static func refuseRemovalOfUsed(
        _ difference: ReferenceDifference,
        on connection: PostgresConnection
    ) async throws {
        let used = try await connection.query(
            """
            SELECT 'supplier ' || s AS what, format('client %s acts for it', c.client) AS why
            FROM unnest($1::text[]) s JOIN api_client_supplier c ON c.supplier = s
            UNION ALL
            SELECT 'supplier ' || s, format('%s of its files are kept', count(*))
            FROM unnest($1::text[]) s JOIN feed f ON f.supplier = s AND f.sha256 IS NOT NULL GROUP BY s
            UNION ALL
            SELECT 'vaccine type ' || t, format('%s files of it are kept', count(*))
            FROM unnest($2::text[]) t JOIN feed f ON f.vaccine_type = t AND f.sha256 IS NOT NULL GROUP BY t
            ORDER BY 1, 2
            """,
            [.texts(difference.removedSuppliers), .texts(difference.removedTypes)]
        )
        guard !used.isEmpty else { return }
        throw ReferenceError(
            faults: try used.map { row in
                let what = try row.decode("what", as: String.self)
                return "\(what) cannot be removed: \(try row.decode("why", as: String.self))"
            }
        )
    }

    private static func writeReference(_ data: ReferenceData, on connection: PostgresConnection) async throws {
        try await connection.query("DELETE FROM supplier_ods_code")
        try await connection.query("DELETE FROM vaccine_type")
        for (place, type) in data.vaccineTypes.all.enumerated() {
            let diseases = type.targetDiseases.map { ["code": $0.code, "display": $0.display] }
            let json = String(decoding: try JSONEncoder().encode(diseases), as: UTF8.self)
            try await connection.query(
                "INSERT INTO vaccine_type (code, place, target_diseases) VALUES ($1, $2, $3)",
                [.text(type.code), .int4(Int32(place)), .jsonb(json)]
            )
        }
        // Suppliers that stay are changed in place: clients refer to them.
        try await connection.query(
            "DELETE FROM supplier WHERE name <> ALL($1)",
            [.texts(data.suppliers.all.map(\.name))]
        )
        for (place, supplier) in data.suppliers.all.enumerated() {
            try await connection.query(
                """
                INSERT INTO supplier (name, place, permissions, do_not_echo_to) VALUES ($1, $2, $3, $4)
                ON CONFLICT (name) DO UPDATE SET place = excluded.place, permissions = excluded.permissions,
                    do_not_echo_to = excluded.do_not_echo_to
                """,
                [
                    .text(supplier.name), .int4(Int32(place)), .texts(supplier.permissionTexts),
                    .texts(supplier.doNotEchoTo.sorted()),
                ]
            )
            try await connection.query(
                """
                INSERT INTO supplier_ods_code (ods_code, supplier, place)
                SELECT code, $2, place FROM unnest($1::text[]) WITH ORDINALITY AS k (code, place)
                """,
                [.texts(supplier.odsCodes.map(\.text)), .text(supplier.name)]
            )
        }
    }

    private static func record(
        _ lines: [String],
        by actor: String,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            INSERT INTO reference_change (generation, changed_by, changes)
            SELECT coalesce(max(generation), 0) + 1, $1, $2 FROM reference_change
            """,
            [.text(actor), .texts(lines)]
        )
        let change = AuditRecord.change(lines.joined(separator: "\n"), by: actor, with: "herald reference")
        try await audit([change], on: connection)
        // Routers keep the echo lists beside the subscriptions (D-93).
        try await raiseGeneration(on: connection)
    }
}
