import Foundation
import Logging
package import Postgres
package import Store

/// A database role that owns nothing, and is let run a hub on the test case's database (`auth.md` A-54).
package enum HubRole {
    /// Lends the configuration of a connection as such a role, which is dropped afterwards.
    package static func with(_ body: (PostgresConfiguration) async throws -> Void) async throws {
        let role = "hub \(UUID().uuidString.lowercased())"
        try await ScratchDatabase.withStore(connections: 2) { owner, pool in
            try await pool.query("CREATE ROLE \"\(role)\" LOGIN")
            let outcome: Result<Void, any Error>
            do {
                try await owner.grant(toHubRole: role)
                let name = role.replacingOccurrences(of: " ", with: "%20")
                let url = try ScratchDatabase.configuration.url + "&user=\(name)"
                outcome = .success(try await body(PostgresConfiguration(url: url)))
            } catch {
                outcome = .failure(error)
            }
            try await pool.query("DROP OWNED BY \"\(role)\"")
            try await pool.query("DROP ROLE \"\(role)\"")
            try outcome.get()
        }
    }

    /// Lends a store of the tables' owner, and store and connections of such a role.
    package static func withStore(
        _ body: (_ owner: PostgresStore, _ hub: PostgresStore, PostgresPool) async throws -> Void
    ) async throws {
        try await with { configuration in
            try await ScratchDatabase.withStore { owner, _ in
                let pool = PostgresPool(configuration: configuration, logger: .silent)
                do {
                    try await body(owner, PostgresStore(pool: pool), pool)
                } catch {
                    await pool.close()
                    throw error
                }
                await pool.close()
            }
        }
    }
}
