import Foundation
package import Logging
package import Postgres
import Synchronization

/// The server all scratch databases of a test process live on.
package final class ScratchServer: Sendable {
    private let configuration: PostgresConfiguration
    /// One connection: whoever has it is alone in making databases, for a template must have no other user.
    private let administration: PostgresPool
    private let templates = Mutex<[[Migration]: String]>([:])

    private static let starting = Mutex<Task<ScratchServer, any Error>?>(nil)

    /// How a private server (PostgreSQL 15 or later) clones: file by file, for the checkpoint that takes costs nothing
    /// where nothing is synced.
    private let strategy: String

    private init(url: String, strategy: String = "") throws {
        self.strategy = strategy
        var configuration = try PostgresConfiguration(url: url)
        configuration.maximumConnections = 1
        configuration.applicationName = "herald tests"
        self.configuration = configuration
        administration = PostgresPool(configuration: configuration, logger: .silent)
    }

    /// The process's server, started by whoever needs it first.
    ///
    /// Not a child of the first test's task: the others wait for it too, even when the first is cancelled.
    package static func shared() async throws -> ScratchServer {
        let task = starting.withLock { starting in
            let task = starting ?? Task { try await start() }
            starting = task
            return task
        }
        return try await task.value
    }

    /// Clones the template of these migrations, made at the first call.
    package func makeDatabase(migrations: [Migration]) async throws -> (name: String, url: String) {
        try await administration.withConnection { connection in
            let template = try await template(migrations, connection)
            return try await create(from: template, connection)
        }
    }

    /// Drops a database, and ends the sessions that a failed test may have left in it.
    package func dropDatabase(_ name: String) async throws {
        // A cancelled test drops its database as well, and only a task that is not cancelled may talk to the server.
        let drop = Task { _ = try await administration.query("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)") }
        try await drop.value
    }

    private func template(_ migrations: [Migration], _ connection: PostgresConnection) async throws -> String {
        if migrations.isEmpty { return "template1" }
        if let known = templates.withLock({ $0[migrations] }) { return known }
        let (name, url) = try await create(from: "template1", connection)
        let migrated = try await PostgresConnection.connect(try PostgresConfiguration(url: url), logger: .silent)
        do {
            _ = try await Migrator(migrations: migrations).migrate(on: migrated, logger: .silent)
            await migrated.close()
        } catch {
            await migrated.close()
            throw error
        }
        try await connection.query("ALTER DATABASE \"\(name)\" ALLOW_CONNECTIONS false")
        templates.withLock { $0[migrations] = name }
        return name
    }

    private func create(
        from template: String,
        _ connection: PostgresConnection
    ) async throws -> (name: String, url: String) {
        let name = "scratch_\(UUID().uuidString.lowercased())"
        try await connection.execute(script: "CREATE DATABASE \"\(name)\" TEMPLATE \"\(template)\" \(strategy)")
        var own = configuration
        own.database = name
        own.applicationName = "herald"
        return (name, own.url)
    }

    /// Blocks until a server that is not ours is rid of our templates.
    private func dropTemplates() {
        let done = DispatchSemaphore(value: 0)
        Task {
            for name in templates.withLock({ $0.values }) { try? await dropDatabase(name) }
            done.signal()
        }
        _ = done.wait(timeout: .now() + .seconds(10))
    }

    private static func start() async throws -> ScratchServer {
        if let url = ProcessInfo.processInfo.environment["HERALD_TEST_DATABASE_URL"], !url.isEmpty {
            let server = try ScratchServer(url: url)
            AtExit.perform { server.dropTemplates() }
            return server
        }
        let folder = ScratchFolder.make()
        let cluster = PrivateCluster(directory: folder, durable: false, settings: ["max_connections": "300"])
        let url: String
        do {
            url = try await cluster.start()
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
        let stop = await cluster.makeExitHandler()
        AtExit.perform {
            stop()
            try? FileManager.default.removeItem(atPath: folder)
        }
        return try ScratchServer(url: url, strategy: "STRATEGY file_copy")
    }
}

extension Logger {
    /// Logs nothing.
    package static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
