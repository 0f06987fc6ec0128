import Foundation
import Logging
import Postgres
import Store

/// The PostgreSQL that a benchmark measures: a private one, or the one it is told.
///
/// Either way the benchmark works in databases of its own, which are dropped afterwards; none that is there is touched.
struct BenchServer: Sendable {
    /// What a server under sustained load is set to; the smaller of these are PostgreSQL's own (engineering notes §2).
    private static let settings = [
        "shared_buffers": "1GB", "wal_buffers": "64MB", "min_wal_size": "4GB", "max_wal_size": "8GB",
        "checkpoint_timeout": "30min", "max_connections": "400", "wal_compression": "lz4", "jit": "off",
    ]

    /// `private` or `given`, for the report.
    let kind: String
    private let configuration: PostgresConfiguration
    private let logger: Logger

    /// Lends a server.
    ///
    /// - Parameters:
    ///   - configuration: Where it is; nil for a private one, durable as in production, that is removed afterwards.
    ///   - logger: Where troubles go.
    ///   - body: What to do with it.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws, and what starting the server throws.
    static func lend<Result: Sendable>(
        _ configuration: PostgresConfiguration?,
        logger: Logger,
        _ body: @Sendable (BenchServer) async throws -> Result
    ) async throws -> Result {
        if let configuration {
            return try await body(BenchServer(kind: "given", configuration: configuration, logger: logger))
        }
        let folder = FileManager.default.temporaryDirectory.path + "/herald-bench-\(getpid())"
        let cluster = PrivateCluster(directory: folder, durable: true, settings: settings)
        do {
            let own = try PostgresConfiguration(url: await cluster.start())
            let result = try await body(BenchServer(kind: "private", configuration: own, logger: logger))
            await cluster.stop()
            try? FileManager.default.removeItem(atPath: folder)
            return result
        } catch {
            await cluster.stop()
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    /// Lends a store on a new database with the current schema.
    ///
    /// - Parameters:
    ///   - connections: How many the store may open.
    ///   - body: What to do with the store.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws; ``CommandFailure`` where no database can be made.
    func withStore<Result: Sendable>(
        connections: Int,
        _ body: @Sendable (PostgresStore) async throws -> Result
    ) async throws -> Result {
        try await withDatabase(connections: connections) { store, _ in try await body(store) }
    }

    /// The same, and where the database is.
    func withDatabase<Result: Sendable>(
        connections: Int,
        _ body: @Sendable (PostgresStore, PostgresConfiguration) async throws -> Result
    ) async throws -> Result {
        let name = "herald_bench_\(UUID().uuidString.prefix(8).lowercased())"
        try await administer("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        var own = configuration
        own.database = name
        own.maximumConnections = connections
        let pool = PostgresPool(configuration: own, logger: logger)
        do {
            _ = try await Migrator(migrations: SchemaMigrations.all).migrate(on: pool, logger: logger)
            let result = try await body(PostgresStore(pool: pool), own)
            await pool.close()
            try await administer("DROP DATABASE \(name) WITH (FORCE)")
            return result
        } catch {
            await pool.close()
            // Not as the task that was cancelled: only one that goes on may talk to the server.
            try? await Task { try await administer("DROP DATABASE \(name) WITH (FORCE)") }.value
            throw error
        }
    }

    private func administer(_ statement: String) async throws {
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        do {
            try await connection.execute(script: statement)
        } catch {
            await connection.close()
            guard error.sqlState == .insufficientPrivilege else { throw error }
            throw CommandFailure(
                "a benchmark makes databases of its own: give its user the right (ALTER ROLE … CREATEDB), "
                    + "or leave HERALD_DATABASE_URL out for a private server"
            )
        }
        await connection.close()
    }
}
