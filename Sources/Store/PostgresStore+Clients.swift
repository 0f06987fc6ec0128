package import Access
import Postgres

extension PostgresStore: ClientStore {
    package func client(_ id: ClientID) async throws -> RegisteredClient? {
        let rows = try await pool.query("\(Self.clientQuery) WHERE c.id = $1", [.text(id.rawValue)])
        return try rows.first.map(Self.client)
    }

    package func registration(of id: ClientID) async throws -> ClientRegistration? {
        // One statement, so that client and permissions are of one moment.
        let rows = try await pool.query(
            """
            SELECT r.*, array(
                SELECT unnest(p.permissions) FROM supplier p WHERE p.name = ANY (r.suppliers)
            ) AS supplier_permissions
            FROM (\(Self.clientQuery) WHERE c.id = $1) r
            """,
            [.text(id.rawValue)]
        )
        guard let row = rows.first else { return nil }
        return ClientRegistration(
            client: try Self.client(row),
            supplierPermissions: try VaccinePermissions(row.decode("supplier_permissions", as: [String].self))
        )
    }

    package func clients() async throws -> [RegisteredClient] {
        try await pool.query("\(Self.clientQuery) ORDER BY c.id").map(Self.client)
    }

    package func create(_ client: RegisteredClient, by actor: String) async throws {
        try await pool.withTransaction { connection in
            let inserted = try await connection.query(
                """
                INSERT INTO api_client (id, name, scopes, enabled, permissions, grants, key_set, key_set_url,
                    idp_client_ids, minimum_proofing, requests_per_second, burst, certificate_thumbprints, unredacted,
                    ods_codes, endpoint_hosts, endpoint_networks, asid, event_kinds, events, mailboxes, updated_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
                ON CONFLICT DO NOTHING
                """,
                Self.values(client) + [.text(actor)]
            )
            guard inserted.affectedRows == 1 else { throw ClientError.exists(client.id) }
            try await Self.link(client, permittedBefore: [], on: connection)
            let change = AuditRecord.change("client \(client.id) registered", by: actor, with: "herald clients create")
            try await Self.audit([change], on: connection)
        }
    }

    @discardableResult
    package func update(
        _ id: ClientID,
        by actor: String,
        _ change: @Sendable (inout RegisteredClient) -> Void
    ) async throws -> RegisteredClient {
        try await pool.withTransaction { connection in
            try await connection.query("SELECT FROM api_client WHERE id = $1 FOR UPDATE", [.text(id.rawValue)])
            let rows = try await connection.query("\(Self.clientQuery) WHERE c.id = $1", [.text(id.rawValue)])
            guard var client = try rows.first.map(Self.client) else { throw ClientError.unknown(id) }
            let before = client.permissions?.namedTypes ?? []
            change(&client)
            try await connection.query(
                """
                UPDATE api_client SET name = $2, scopes = $3, enabled = $4, permissions = $5, grants = $6, key_set = $7,
                    key_set_url = $8, idp_client_ids = $9, minimum_proofing = $10, requests_per_second = $11,
                    burst = $12, certificate_thumbprints = $13, unredacted = $14, ods_codes = $15, endpoint_hosts = $16,
                    endpoint_networks = $17, asid = $18, event_kinds = $19, events = $20, mailboxes = $21,
                    updated_by = $22, updated_at = now()
                WHERE id = $1
                """,
                Self.values(client) + [.text(actor)]
            )
            try await connection.query("DELETE FROM api_client_supplier WHERE client = $1", [.text(id.rawValue)])
            try await Self.link(client, permittedBefore: before, on: connection)
            let change = AuditRecord.change("client \(id) changed", by: actor, with: "herald clients update")
            try await Self.audit([change], on: connection)
            return client
        }
    }

    /// Ties a client to what it refers to in the reference data.
    ///
    /// A vaccine type that it had a permission for before may have gone since, and must not stand in the way of a change.
    private static func link(
        _ client: RegisteredClient,
        permittedBefore: Set<String>,
        on connection: PostgresConnection
    ) async throws {
        let suppliers = client.suppliers.sorted()
        let unknown = try await connection.query(
            "SELECT s AS name FROM unnest($1::text[]) s WHERE NOT EXISTS (SELECT FROM supplier WHERE name = s)",
            [.texts(suppliers)]
        )
        if let row = unknown.first { throw ClientError.unknownSupplier(try row.decode("name", as: String.self)) }
        let types = (client.permissions?.namedTypes ?? []).subtracting(permittedBefore).sorted()
        let unknownTypes = try await connection.query(
            "SELECT t AS code FROM unnest($1::text[]) t WHERE NOT EXISTS (SELECT FROM vaccine_type WHERE code = t)",
            [.texts(types)]
        )
        if let row = unknownTypes.first {
            throw ClientError.unknownVaccineType(try row.decode("code", as: String.self))
        }
        try await connection.query(
            "INSERT INTO api_client_supplier (client, supplier) SELECT $1, unnest($2::text[])",
            [.text(client.id.rawValue), .texts(suppliers)]
        )
    }

    private static func values(_ client: RegisteredClient) -> [PostgresValue] {
        [
            .text(client.id.rawValue), .text(client.name), .text(client.scopes.description), .bool(client.isEnabled),
            client.permissions.map { .texts($0.entries) } ?? .typedNull(PostgresType.text.array),
            .texts(client.grants.map(\.rawValue).sorted()), .text(optional: client.keys?.inlineSet),
            .text(optional: client.keys?.address), .texts(client.idpClientIDs.sorted()),
            .text(client.minimumProofing.rawValue), .int4(optional: client.rateLimit.map { Int32($0.perSecond) }),
            .int4(optional: client.rateLimit.map { Int32($0.burst) }), .texts(client.certificateThumbprints.sorted()),
            .bool(client.isUnredacted), .texts(client.odsCodes.sorted()), .texts(client.endpointHosts.sorted()),
            .texts(client.endpointNetworks.sorted()), .text(optional: client.eventRights.asid),
            .texts(client.eventRights.kinds.map(\.rawValue).sorted()), .texts(client.eventRights.events.sorted()),
            .texts(client.eventRights.mailboxes.map { "\($0)=\($1)" }.sorted()),
        ]
    }

    private static let clientQuery = """
        SELECT c.*, array(SELECT supplier FROM api_client_supplier s WHERE s.client = c.id) AS suppliers
        FROM api_client c
        """

    private static func client(_ row: PostgresRow) throws -> RegisteredClient {
        var client = RegisteredClient(
            id: try row.require(ClientID(row.decode("id", as: String.self)), "id"),
            name: try row.decode("name", as: String.self),
            suppliers: Set(try row.decode("suppliers", as: [String].self)),
            scopes: Scopes(parsing: try row.decode("scopes", as: String.self)),
            isEnabled: try row.decode("enabled", as: Bool.self),
            permissions: try row.decode("permissions", as: [String]?.self).map { try VaccinePermissions($0) }
        )
        client.grants = Set(
            try row.decode("grants", as: [String].self).map { try row.require(TokenGrant(rawValue: $0), "grants") }
        )
        client.keys =
            try row.decode("key_set", as: String?.self).map(ClientKeys.inline)
            ?? row.decode("key_set_url", as: String?.self).map(ClientKeys.url)
        client.idpClientIDs = Set(try row.decode("idp_client_ids", as: [String].self))
        client.minimumProofing = try row.choice("minimum_proofing")
        if let perSecond = try row.decode("requests_per_second", as: Int32?.self) {
            let burst = try row.decode("burst", as: Int32.self)
            client.rateLimit = RateLimit(perSecond: Int(perSecond), burst: Int(burst))
        }
        client.certificateThumbprints = Set(try row.decode("certificate_thumbprints", as: [String].self))
        client.isUnredacted = try row.decode("unredacted", as: Bool.self)
        client.odsCodes = Set(try row.decode("ods_codes", as: [String].self))
        client.endpointHosts = Set(try row.decode("endpoint_hosts", as: [String].self))
        client.endpointNetworks = Set(try row.decode("endpoint_networks", as: [String].self))
        client.eventRights = try eventRights(row)
        return client
    }

    private static func eventRights(_ row: PostgresRow) throws -> EventRights {
        var rights = EventRights()
        rights.asid = try row.decode("asid", as: String?.self)
        rights.kinds = Set(
            try row.decode("event_kinds", as: [String].self).map { text in
                try row.require(EventRights.Kind(rawValue: text), "event_kinds")
            }
        )
        rights.events = Set(try row.decode("events", as: [String].self))
        for entry in try row.decode("mailboxes", as: [String].self) {
            let halves = entry.split(separator: "=").map(String.init)
            guard halves.count == 2 else { continue }
            rights.mailboxes[halves[0]] = halves[1]
        }
        return rights
    }
}

extension ClientKeys {
    fileprivate var inlineSet: String? {
        if case .inline(let text) = self { text } else { nil }
    }

    fileprivate var address: String? {
        if case .url(let text) = self { text } else { nil }
    }
}
