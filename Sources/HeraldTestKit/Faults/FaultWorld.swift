import Foundation
package import Postgres
import ServiceLifecycle
package import Store
import Synchronization

/// Herald as it runs in production, small enough for a test: several processes of each role, a PostgreSQL and a broker of
/// their own, an endpoint, and a proxy on every connection that may break.
///
/// Everything listens on free loopback ports, lives in a folder of its own, and ends with the test, however that ends.
package final class FaultWorld: Sendable {
    /// The event logs to test on.
    package enum Log: String, Sendable, CaseIterable {
        case embedded
        /// The cluster that `HERALD_KAFKA_BOOTSTRAP_SERVERS` names, else librdkafka's in-process broker.
        case kafka
        /// A Tansu of the world's own: for load, and to lose a log.
        case tansu
    }

    /// A `herald serve`, and its own way to the database.
    package struct HubProcess: Sendable {
        package let roles: Set<String>
        package let process: FaultProcess
        package let database: LoopbackProxy
    }

    /// Name of the events' topic.
    package let topic: String
    /// How many partitions it has.
    package static let partitions = 6

    package let log: Log
    package let folder: String
    package let server: PrivateCluster
    /// The broker, where the log has one.
    package let broker: FaultBroker?
    package let hubs: [HubProcess]
    /// `herald sink`: what subscribers' endpoints receive.
    package let sink: FaultProcess
    /// The sink's address.
    package let endpoint: String
    /// What any command of `herald` needs to work on this world, straight at its servers.
    package let settings: [String: String]
    /// Connections of the harness's own, straight to the server.
    package let pool: PostgresPool
    package let store: PostgresStore
    private let tokens = Mutex<(text: String, until: ContinuousClock.Instant)?>(nil)

    private init(_ setup: WorldSetup) {
        topic = setup.topic
        log = setup.log
        folder = setup.folder
        server = setup.server
        broker = setup.broker
        hubs = setup.hubs
        sink = setup.sink
        endpoint = "http://127.0.0.1:\(setup.sinkPort)"
        settings = setup.settings
        pool = setup.pool
        store = PostgresStore(pool: setup.pool)
    }

    /// Lends a world with all of its processes at work.
    ///
    /// - Parameters:
    ///   - log: The event log.
    ///   - processes: The roles of each process, as `HERALD_ROLES` has them; the relay's are left out without a broker.
    ///   - settings: Settings of every process besides those that the world needs, or other variables.
    ///   - serverFolder: Where PostgreSQL lives, if not in the world's folder; it must be there and empty.
    ///   - body: What to do to it.
    /// - Throws: What `body` throws, and ``FaultError`` when something does not start.
    package static func with(
        _ log: Log,
        processes: [String],
        settings: [String: String] = [:],
        serverFolder: String? = nil,
        _ body: (FaultWorld) async throws -> Void
    ) async throws {
        try log.require()
        let setup = try await WorldSetup(log, processes: processes, settings: settings, serverFolder: serverFolder)
        let world = FaultWorld(setup)
        let result: Result<Void, any Error>
        do {
            result = .success(try await running(setup.proxies) { try await world.play(body) })
        } catch {
            result = .failure(error)
        }
        await setup.stop()
        try result.get()
    }

    private func play(_ body: (FaultWorld) async throws -> Void) async throws {
        let result: Result<Void, any Error>
        do {
            try await sink.start()
            for hub in hubs { try await hub.process.launch() }
            for hub in hubs { try await hub.process.start() }
            result = .success(try await body(self))
        } catch {
            result = .failure(error)
        }
        // Stalled connections would keep the proxies, and with them everything, from ending.
        for proxy in hubs.map(\.database) + (broker?.proxies ?? []) { proxy.heal() }
        for hub in hubs { await hub.process.kill() }
        await sink.kill()
        try result.get()
    }

    /// The first process that plays a role.
    package func hub(_ role: String, _ index: Int = 0) -> HubProcess {
        let playing = hubs.filter { $0.roles.contains(role) }
        precondition(index < playing.count, "the world has no such process")
        return playing[index]
    }

    /// Where a process takes requests, once it is at work.
    package func port(of process: FaultProcess) -> Int? {
        guard process.isRunning else { return nil }
        // Settings are said with the name of the port, in both log formats.
        return process.logText.split(separator: "herald.port\":\"").dropFirst().last
            .flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// Runs another command of `herald` on this world.
    ///
    /// - Returns: What it printed, both outputs together.
    /// - Throws: ``FaultError`` with what it printed, if it failed.
    package func command(_ arguments: [String]) async throws -> String {
        let file = "\(folder)/command-\(UUID().uuidString.prefix(8))"
        let process = try await ServerProcess.start(
            [HeraldExecutable.path] + arguments,
            environment: HeraldExecutable.environment(settings),
            log: file
        )
        let status = await process.exitStatus()
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        try? FileManager.default.removeItem(atPath: file)
        guard status == 0 else {
            throw FaultError("herald \(arguments.joined(separator: " ")) ended with \(status): \(text)")
        }
        return text
    }

    /// Has the next request ask for a token of its own, by the clock that is right then.
    package func forgetToken() { tokens.withLock { $0 = nil } }

    /// A token that may send every supplier's files, as good as new.
    func token() async throws -> String {
        if let token = tokens.withLock(\.self), token.until > .now { return token.text }
        let scope = "system/Immunization.cruds herald/admin.write"
        let text = try await command(["token", "--client", "site", "--scope", scope])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        tokens.withLock { $0 = (text, .now + .seconds(240)) }
        return text
    }
}
