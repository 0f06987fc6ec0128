import Access
package import Deliveries
package import Events
package import Foundation
package import Outbound
import Postgres
import Subscriptions

extension PostgresStore: EndpointSecurityStore {
    package func security(of id: SubscriptionID) async throws -> EndpointSecurity? {
        let rows = try await pool.query(
            """
            SELECT s.audience, s.client, c.endpoint_hosts, c.endpoint_networks, k.id, k.wrapping_key, k.wrapped_key, k.sealed,
                k.created_at, k.shown_at, k.ends_at
            FROM subscription s LEFT JOIN api_client c ON c.id = s.client
                LEFT JOIN subscription_secret k ON k.subscription_id = s.id AND (k.ends_at IS NULL OR k.ends_at > now())
            WHERE s.id = $1
            ORDER BY k.ends_at IS NULL DESC, k.created_at DESC LIMIT 3
            """,
            [.uuid(id.uuid)]
        )
        guard let first = rows.first else { return nil }
        return EndpointSecurity(
            audience: try first.choice("audience"),
            client: try first.decode("client", as: String.self),
            secrets: try rows.compactMap { row in
                try row.decode("id", as: UUID?.self) == nil ? nil : try Self.secret(row)
            },
            hosts: try first.decode("endpoint_hosts", as: [String]?.self) ?? [],
            networks: (try first.decode("endpoint_networks", as: [String]?.self) ?? []).compactMap { IPNetwork($0) }
        )
    }

    package func keep(
        _ secret: KeptSecret,
        for id: SubscriptionID,
        grace: Duration?,
        by actor: String?
    ) async throws -> Bool {
        try await pool.withTransaction { connection in
            // One at a time for a subscription, without a lock that couriers wait for.
            try await connection.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('subscription_secret ' || $1::text, 0))",
                [.uuid(id.uuid)]
            )
            let known = try await connection.query(
                """
                SELECT EXISTS (SELECT FROM subscription_secret k WHERE k.subscription_id = s.id) AS has_secret
                FROM subscription s WHERE s.id = $1
                """,
                [.uuid(id.uuid)]
            )
            guard let row = known.first else { return false }
            if grace == nil, try row.decode("has_secret", as: Bool.self) { return false }
            try await Self.end(secretsOf: id, in: grace ?? .zero, on: connection)
            try await connection.query(
                """
                INSERT INTO subscription_secret (id, subscription_id, wrapping_key, wrapped_key, sealed, shown_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [
                    .uuid(secret.id), .uuid(id.uuid), .text(secret.sealed.wrappingKey),
                    .bytes(secret.sealed.wrappedKey), .bytes(secret.sealed.sealed),
                    .timestamp(optional: secret.shownAt),
                ]
            )
            if let actor {
                let change = AuditRecord.change(
                    "secret of subscription \(id) replaced",
                    by: actor,
                    with: "herald subscriptions secret"
                )
                try await Self.audit([change], on: connection)
            }
            return true
        }
    }

    /// Old secrets get their end; with the new one three are left at most (D-61).
    private static func end(
        secretsOf id: SubscriptionID,
        in grace: Duration,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            UPDATE subscription_secret SET ends_at = least(ends_at, now() + $2 * interval '1 second')
            WHERE subscription_id = $1
            """,
            [.uuid(id.uuid), .int8(Int64(grace / .seconds(1)))]
        )
        try await connection.query(
            """
            DELETE FROM subscription_secret WHERE subscription_id = $1 AND (ends_at <= now() OR id NOT IN (
                SELECT id FROM subscription_secret WHERE subscription_id = $1 ORDER BY created_at DESC LIMIT 2
            ))
            """,
            [.uuid(id.uuid)]
        )
    }

    package func markShown(_ secret: UUID) async throws -> Bool {
        let rows = try await pool.query(
            "UPDATE subscription_secret SET shown_at = now() WHERE id = $1 AND shown_at IS NULL",
            [.uuid(secret)]
        )
        return rows.affectedRows == 1
    }

    package func eraseEndedSecrets() async throws -> Int {
        try await pool.query("DELETE FROM subscription_secret WHERE ends_at <= now()", []).affectedRows
    }

    package func secrets(
        notUnder wrappingKey: String,
        limit: Int
    ) async throws -> [(subscription: SubscriptionID, secret: KeptSecret)] {
        try await pool.query(
            "SELECT * FROM subscription_secret WHERE wrapping_key <> $1 ORDER BY id LIMIT $2",
            [.text(wrappingKey), .int8(Int64(limit))]
        ).map { (try $0.subscriptionID("subscription_id"), try Self.secret($0)) }
    }

    package func rewrap(_ secret: UUID, as sealed: SealedSecret) async throws {
        try await pool.query(
            "UPDATE subscription_secret SET wrapping_key = $2, wrapped_key = $3 WHERE id = $1",
            [.uuid(secret), .text(sealed.wrappingKey), .bytes(sealed.wrappedKey)]
        )
    }

    private static func secret(_ row: PostgresRow) throws -> KeptSecret {
        KeptSecret(
            id: try row.decode("id", as: UUID.self),
            sealed: SealedSecret(
                wrappingKey: try row.decode("wrapping_key", as: String.self),
                wrappedKey: try row.decode("wrapped_key", as: [UInt8].self),
                sealed: try row.decode("sealed", as: [UInt8].self)
            ),
            createdAt: try row.decode("created_at", as: Date.self),
            shownAt: try row.decode("shown_at", as: Date?.self),
            endsAt: try row.decode("ends_at", as: Date?.self)
        )
    }
}
