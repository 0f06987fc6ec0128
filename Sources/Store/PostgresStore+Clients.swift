package import Access
import Postgres

extension PostgresStore: ClientStore {
    package func client(_ id: ClientID) async throws -> RegisteredClient? {
        let rows = try await pool.query("\(Self.clientQuery) WHERE c.id = $1", [.text(id.rawValue)])
        return try rows.first.map(Self.client)
    }

    package func clients() async throws -> [RegisteredClient] {
        try await pool.query("\(Self.clientQuery) ORDER BY c.id").map(Self.client)
    }

    package func create(_ client: RegisteredClient, by actor: String) async throws {
        try await pool.withTransaction { connection in
            let inserted = try await connection.query(
                """
                INSERT INTO api_client (id, name, scopes, enabled, updated_by) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT DO NOTHING
                """,
                Self.values(client) + [.text(actor)]
            )
            guard inserted.affectedRows == 1 else { throw ClientError.exists(client.id) }
            try await Self.link(client, on: connection)
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
            change(&client)
            try await connection.query(
                "UPDATE api_client SET name = $2, scopes = $3, enabled = $4, updated_by = $5, updated_at = now() WHERE id = $1",
                Self.values(client) + [.text(actor)]
            )
            try await connection.query("DELETE FROM api_client_supplier WHERE client = $1", [.text(id.rawValue)])
            try await Self.link(client, on: connection)
            return client
        }
    }

    private static func link(_ client: RegisteredClient, on connection: PostgresConnection) async throws {
        let suppliers = client.suppliers.sorted()
        let unknown = try await connection.query(
            "SELECT s AS name FROM unnest($1::text[]) s WHERE NOT EXISTS (SELECT FROM supplier WHERE name = s)",
            [.texts(suppliers)]
        )
        if let row = unknown.first { throw ClientError.unknownSupplier(try row.decode("name", as: String.self)) }
        try await connection.query(
            "INSERT INTO api_client_supplier (client, supplier) SELECT $1, unnest($2::text[])",
            [.text(client.id.rawValue), .texts(suppliers)]
        )
    }

    private static func values(_ client: RegisteredClient) -> [PostgresValue] {
        [
            .text(client.id.rawValue), .text(client.name), .text(client.scopes.description), .bool(client.isEnabled),
        ]
    }

    private static let clientQuery = """
        SELECT c.id, c.name, c.scopes, c.enabled,
            array(SELECT supplier FROM api_client_supplier s WHERE s.client = c.id) AS suppliers
        FROM api_client c
        """

    private static func client(_ row: PostgresRow) throws -> RegisteredClient {
        RegisteredClient(
            id: try row.require(ClientID(row.decode("id", as: String.self)), "id"),
            name: try row.decode("name", as: String.self),
            suppliers: Set(try row.decode("suppliers", as: [String].self)),
            scopes: Scopes(parsing: try row.decode("scopes", as: String.self)),
            isEnabled: try row.decode("enabled", as: Bool.self)
        )
    }
}
