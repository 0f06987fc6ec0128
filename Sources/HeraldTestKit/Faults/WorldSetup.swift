import Foundation
import Postgres

/// What a ``FaultWorld`` is made of: servers that run, and processes that do not yet.
struct WorldSetup: Sendable {
    let topic = "faults-\(UUID().uuidString.prefix(8).lowercased())"
    let log: FaultWorld.Log
    let folder: String
    let server: PrivateCluster
    let broker: FaultBroker?
    let pool: PostgresPool
    let settings: [String: String]
    let hubs: [FaultWorld.HubProcess]
    let sink: FaultProcess
    let sinkPort: Int

    /// Every proxy, none of them serving yet.
    var proxies: [LoopbackProxy] { hubs.map(\.database) + (broker?.proxies ?? []) }

    init(
        _ log: FaultWorld.Log,
        processes: [String],
        settings: [String: String],
        serverFolder: String? = nil
    ) async throws {
        self.log = log
        folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder + "/herald", withIntermediateDirectories: true)
        // Durable: after a crash of the server what was committed must be there.
        server = PrivateCluster(
            directory: serverFolder ?? folder + "/postgres",
            durable: true,
            settings: ["max_connections": "200", "min_wal_size": "32MB", "max_wal_size": "64MB"]
        )
        broker = try await Self.broker(log, folder: folder)
        try broker?.prepare(topic, partitions: FaultWorld.partitions)
        let url = try await server.start()
        var configuration = try PostgresConfiguration(url: url)
        configuration.applicationName = "fault harness"
        pool = PostgresPool(configuration: configuration, logger: .silent)
        sinkPort = try TestPort.free()
        var common = Self.settings(topic: topic, folder: folder, broker: broker).merging(settings) { $1 }
        common["HERALD_DATABASE_URL"] = url
        self.settings = common
        sink = FaultProcess(
            "sink",
            command: [HeraldExecutable.path, "sink", "--port", "\(sinkPort)", "--json"],
            environment: HeraldExecutable.environment([:]),
            log: folder + "/sink.log",
            ready: "Taking notifications"
        )
        hubs = try await Self.hubs(processes, settings: common, url: url, folder: folder, hasRelay: broker != nil)
    }

    /// Ends everything but the processes, and clears away.
    func stop() async {
        await pool.close()
        try? await broker?.remove(topic)
        await broker?.stop()
        await server.stop(.immediate)
        if ProcessInfo.processInfo.environment["HERALD_TEST_KEEP"] == nil {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private static func broker(_ log: FaultWorld.Log, folder: String) async throws -> FaultBroker? {
        switch log {
        case .embedded: nil
        case .tansu: try await .tansu(folder: folder)
        case .kafka:
            if let servers = FaultBroker.externalServers {
                try await .external(servers)
            } else {
                try await .inProcess()
            }
        }
    }

    private static func settings(topic: String, folder: String, broker: FaultBroker?) -> [String: String] {
        var settings = [
            "HERALD_DATA_DIR": folder + "/herald", "HERALD_PUBLIC_URL": "http://127.0.0.1:8480",
            "HERALD_HTTP_ADDRESS": "127.0.0.1:0", "HERALD_DEVELOPMENT": "true", "HERALD_LOG_FORMAT": "json",
            "HERALD_DATABASE_CONNECTIONS": "8", "HERALD_LEASE": "2",
            // All endpoints are on one address here, which need not be spared.
            "HERALD_DELIVERY_RATE_PER_ORIGIN": "100000", "HERALD_DELIVERY_BURST_PER_ORIGIN": "100000",
            "HERALD_DELIVERY_IN_FLIGHT_PER_ORIGIN": "64", "HERALD_DELIVERY_IN_FLIGHT_PER_CLIENT": "64",
            "HERALD_STATUS_KEY": FaultWorld.statusKey, "HERALD_RATE_CLIENT": "off", "HERALD_RATE_SERVICE": "off",
            "HERALD_FEED_DIRECTORY": folder + "/herald/nis", "HERALD_FEED_INTERVAL": "2",
        ]
        if let broker {
            settings["HERALD_KAFKA_BOOTSTRAP_SERVERS"] = broker.bootstrapServers
            settings["HERALD_KAFKA_TOPIC"] = topic
            settings["HERALD_KAFKA_PARTITIONS"] = "\(FaultWorld.partitions)"
            if broker.isExternal { settings["HERALD_KAFKA_REPLICATION"] = "\(broker.replication)" }
        }
        return settings
    }

    private static func hubs(
        _ processes: [String],
        settings: [String: String],
        url: String,
        folder: String,
        hasRelay: Bool
    ) async throws -> [FaultWorld.HubProcess] {
        guard let host = url.split(separator: "host=").last?.prefix(while: { $0 != "&" }).removingPercentEncoding else {
            throw FaultError("the private server has no socket")
        }
        var hubs: [FaultWorld.HubProcess] = []
        for text in processes {
            let roles = Set(text.split(separator: ",").map(String.init)).subtracting(hasRelay ? [] : ["relay"])
            guard !roles.isEmpty else { continue }
            let proxy = try await LoopbackProxy(to: .socket(path: host + "/.s.PGSQL.5432"))
            let name = "\(roles.sorted().joined(separator: "+"))-\(hubs.count + 1)"
            var own = settings
            own["HERALD_ROLES"] = roles.sorted().joined(separator: ",")
            own["HERALD_DATABASE_URL"] = "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres"
            let process = FaultProcess(
                name,
                command: [HeraldExecutable.path, "serve"],
                environment: HeraldExecutable.environment(own),
                log: "\(folder)/\(name).log",
                ready: "herald is ready"
            )
            hubs.append(FaultWorld.HubProcess(roles: roles, process: process, database: proxy))
        }
        return hubs
    }
}
