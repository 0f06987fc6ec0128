import Access
import Foundation
import Logging
package import Outbound
package import Postgres
package import Store
package import Testing

extension Trait where Self == ScratchDatabase {
    /// A database with Herald's schema for each test case.
    package static var herald: Self { ScratchDatabase(migrations: SchemaMigrations.all) }
}

extension ScratchDatabase {
    /// What stores of tests encrypt with: all have the same keys, as processes of one hub do.
    package static let contents = ContentVault(KeyRing(.generate(now: Date())))

    /// Lends a store on the test case's database, with connections of its own as another process would have.
    ///
    /// - Parameters:
    ///   - name: What the server's process list calls the connections, so that a test can end them.
    ///   - connections: How many at most.
    ///   - body: What to do with the store.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws.
    @discardableResult
    package static func withStore<Value>(
        named name: String = "herald",
        connections: Int = 8,
        _ body: (PostgresStore, PostgresPool) async throws -> Value
    ) async throws -> Value {
        var configuration = try configuration
        configuration.applicationName = name
        configuration.maximumConnections = connections
        let pool = PostgresPool(configuration: configuration, logger: .silent)
        do {
            let value = try await body(PostgresStore(pool: pool, contents: contents), pool)
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }
}

extension PostgresPool {
    /// One number out of the database.
    package func count(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int {
        guard let row = try await query(sql, parameters).first else { return 0 }
        return try row.decode(0, as: Int?.self) ?? 0
    }

    /// Ends all sessions of that name, as an administrator or a crash would.
    package func endSessions(named name: String) async throws {
        try await query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()
            """,
            [.text(name)]
        )
    }
}
