package import Access
package import Foundation
import Postgres

extension PostgresStore: ReplayStore {
    /// One statement, so that of two hubs that are shown the same assertion at once one gets the row.
    package func recordAssertion(
        _ digest: [UInt8],
        of client: ClientID,
        until date: Date,
        now: Date
    ) async throws -> Bool {
        let inserted = try await pool.query(
            """
            WITH old AS (
                SELECT client, jti FROM client_assertion
                -- Other hubs' clocks may be behind this one's.
                WHERE expires_at < $4 - interval '5 minutes' LIMIT 10 FOR UPDATE SKIP LOCKED
            ), gone AS (
                DELETE FROM client_assertion a USING old WHERE a.client = old.client AND a.jti = old.jti
            )
            INSERT INTO client_assertion (client, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
            """,
            [.text(client.rawValue), .bytes(digest), .timestamp(date), .timestamp(now)]
        )
        return inserted.affectedRows == 1
    }
}

extension PostgresStore: RevocationStore {
    package func revokedTokens(now: Date) async throws -> Set<TokenID> {
        let rows = try await pool.query("SELECT id FROM revoked_token WHERE expires_at >= $1", [.timestamp(now)])
        return Set(try rows.map { TokenID(try $0.decode("id", as: String.self)) })
    }

    package func revoke(_ id: TokenID, until date: Date, by actor: String) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                """
                WITH gone AS (DELETE FROM revoked_token WHERE expires_at < now() - interval '1 day')
                INSERT INTO revoked_token (id, expires_at, revoked_by) VALUES ($1, $2, $3)
                ON CONFLICT (id) DO UPDATE SET expires_at = greatest(revoked_token.expires_at, excluded.expires_at)
                """,
                [.text(id.rawValue), .timestamp(date), .text(actor)]
            )
            try await record("the token \(id.rawValue) revoked", on: connection)
        }
    }
}
