import Postgres

/// What the role that a hub connects as may do with the audit trail.
package struct AuditRights: Hashable, Sendable {
    /// The connection's role.
    package let role: String
    /// Whether it can add records and read them.
    package let mayAppend: Bool
    /// Whether it can change or remove records, or switch off what keeps it from doing so.
    package let mayChange: Bool
}

/// Why a role cannot be the hub's.
package enum HubRoleError: Error, CustomStringConvertible {
    case unknown(String)
    case asMightyAsTheOwner(String)

    package var description: String {
        switch self {
        case .unknown(let role): "there is no role \(role): make one with CREATE ROLE \(role) LOGIN PASSWORD …"
        case .asMightyAsTheOwner(let role):
            "the role \(role) is the owner of the tables, a member of it, or a superuser: it could change the audit trail "
                + "whatever is granted. Name another role"
        }
    }
}

extension PostgresStore {
    /// Lets a role that owns nothing run the hub: it may do everything with Herald's tables but change the schema, or change
    /// and remove what is in the audit trail.
    ///
    /// To be repeated after each migration, for it covers the tables that are there.
    ///
    /// - Throws: ``HubRoleError``, and `PostgresError` where this connection's role does not own the tables.
    package func grant(toHubRole role: String) async throws {
        try await pool.withTransaction { connection in
            let rows = try await connection.query(
                """
                SELECT quote_ident(r.rolname) AS role, c.relnamespace::regnamespace::text AS schema,
                    pg_has_role(r.oid, c.relowner, 'MEMBER') AS is_mighty
                FROM pg_roles r, pg_class c WHERE r.rolname = $1 AND c.oid = 'audit_record'::regclass
                """,
                [.text(role)]
            )
            guard let row = rows.first else { throw HubRoleError.unknown(role) }
            guard try !row.decode("is_mighty", as: Bool.self) else { throw HubRoleError.asMightyAsTheOwner(role) }
            let name = try row.decode("role", as: String.self)
            let schema = try row.decode("schema", as: String.self)
            try await connection.execute(
                script: """
                    GRANT USAGE ON SCHEMA \(schema) TO \(name);
                    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO \(name);
                    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA \(schema) TO \(name);
                    REVOKE INSERT, UPDATE, DELETE ON schema_migration FROM \(name);
                    REVOKE UPDATE, DELETE ON audit_record, audit_seal FROM \(name);
                    REVOKE INSERT, UPDATE, DELETE ON audit_chain FROM \(name);
                    -- The sealer says where the chain ends; where it begins is the owner's to say.
                    GRANT UPDATE (last_number, last_seal) ON audit_chain TO \(name)
                    """
            )
        }
    }

    /// What this store's role may do with the audit trail.
    package func auditRights() async throws -> AuditRights {
        let row = try await pool.query(
            """
            SELECT current_user AS role,
                has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'SELECT') AS may_append,
                has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
                    OR pg_has_role(current_user, c.relowner, 'MEMBER') AS may_change
            FROM pg_class c WHERE c.oid = 'audit_record'::regclass
            """
        ).first
        guard let row else { throw StoredValueError(column: "audit_record") }
        return AuditRights(
            role: try row.decode("role", as: String.self),
            mayAppend: try row.decode("may_append", as: Bool.self),
            mayChange: try row.decode("may_change", as: Bool.self)
        )
    }
}
