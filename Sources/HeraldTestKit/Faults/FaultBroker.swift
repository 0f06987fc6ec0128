import Foundation
package import Kafka
import Logging

/// The broker of a ``FaultWorld``, with a proxy before it, so that it can be away, reset and stalled.
package final class FaultBroker: Sendable {
    private enum Kind: Sendable {
        case inProcess(InProcessBroker)
        case tansu(FaultProcess)
        case external(servers: String)
    }

    private let kind: Kind
    /// One for each broker of the cluster; none where the brokers are on other machines.
    package let proxies: [LoopbackProxy]
    /// What clients connect to.
    package let bootstrapServers: String
    /// How many copies of each partition the cluster can keep, three at most.
    package let replication: Int

    private init(_ kind: Kind, proxies: [LoopbackProxy], bootstrapServers: String, replication: Int = 1) {
        self.kind = kind
        self.proxies = proxies
        self.bootstrapServers = bootstrapServers
        self.replication = replication
    }

    /// Whether it is a cluster that others run.
    package var isExternal: Bool {
        if case .external = kind { true } else { false }
    }

    /// Whether it can be cut off from its clients.
    package var canBeAway: Bool { !proxies.isEmpty }

    /// librdkafka's broker inside this process.
    package static func inProcess() async throws -> FaultBroker {
        let broker = try InProcessBroker()
        guard let port = broker.bootstrapServers.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw FaultError("the in-process broker has no port: \(broker.bootstrapServers)")
        }
        let proxy = try await proxy(host: "127.0.0.1", ports: [port])
        return FaultBroker(.inProcess(broker), proxies: proxy, bootstrapServers: "127.0.0.1:\(proxy[0].port)")
    }

    /// A Tansu of its own, which keeps its log in memory: killed and started again it is empty.
    package static func tansu(folder: String) async throws -> FaultBroker {
        guard let program = Self.tansuProgram else {
            throw FaultError("there is no .build/tansu/tansu; deploy/test fetches it")
        }
        let port = try TestPort.free()
        let url = "tcp://127.0.0.1:\(port)"
        let process = FaultProcess(
            "broker",
            command: [
                program, "broker", "--listener-url", url, "--advertised-listener-url", url,
                "--storage-engine", "memory://tansu/",
            ],
            environment: ["PATH": "/usr/bin:/bin"],
            log: folder + "/broker.log",
            ready: "ready in"
        )
        try await process.start()
        let proxies = try await proxy(host: "127.0.0.1", ports: [port])
        return FaultBroker(.tansu(process), proxies: proxies, bootstrapServers: "127.0.0.1:\(proxies[0].port)")
    }

    /// The cluster that `HERALD_KAFKA_BOOTSTRAP_SERVERS` names; proxied where its brokers have one loopback name.
    package static func external(_ servers: String) async throws -> FaultBroker {
        let admin = try KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: servers), logger: .silent)
        let brokers = try await admin.brokers(timeout: .seconds(20))
        let hosts = Set(brokers.map(\.host))
        guard hosts.count == 1, let host = hosts.first, host == "localhost" || host.hasPrefix("127.") else {
            return FaultBroker(
                .external(servers: servers),
                proxies: [],
                bootstrapServers: servers,
                replication: min(3, brokers.count)
            )
        }
        let proxies = try await proxy(host: host, ports: brokers.map(\.port))
        let bootstrap = proxies.map { "\(host):\($0.port)" }.joined(separator: ",")
        return FaultBroker(
            .external(servers: servers),
            proxies: proxies,
            bootstrapServers: bootstrap,
            replication: min(3, brokers.count)
        )
    }

    /// The cluster to test against besides the one in the process, if one is named.
    package static var externalServers: String? {
        ProcessInfo.processInfo.environment["HERALD_KAFKA_BOOTSTRAP_SERVERS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Where Tansu is, if it is there.
    package static var tansuProgram: String? {
        let path =
            ProcessInfo.processInfo.environment["HERALD_TEST_TANSU"]
            ?? FileManager.default.currentDirectoryPath + "/.build/tansu/tansu"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Makes the events' topic where Herald cannot do it by itself.
    package func prepare(_ topic: String, partitions: Int) throws {
        guard case .inProcess(let broker) = kind else { return }
        try broker.createTopic(topic, partitions: partitions)
    }

    /// Removes the events' topic where it would outlive the test.
    package func remove(_ topic: String) async throws {
        guard case .external(let servers) = kind else { return }
        try await KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: servers), logger: .silent)
            .deleteTopic(topic)
    }

    /// Cuts all clients off; what the brokers hold stays.
    package func goAway() { for proxy in proxies { proxy.refuse() } }

    /// Lets clients come back.
    package func comeBack() { for proxy in proxies { proxy.heal() } }

    /// Makes the broker answer requests with errors, where it can be made to.
    package func pushErrors(_ request: KafkaRequest, _ codes: [KafkaErrorCode]) throws {
        guard case .inProcess(let broker) = kind else { return }
        try broker.pushRequestErrors(request, codes)
    }

    /// `kill -9` of the broker and a new, empty one in its place.
    package func loseEverything() async throws {
        guard case .tansu(let process) = kind else { throw FaultError("only Tansu can be killed and made anew") }
        await process.kill()
        try await process.start()
    }

    /// How many messages a topic holds, over all its partitions.
    package func messageCount(_ topic: String, partitions: Int) async throws -> Int64 {
        let consumer = try KafkaConsumer(
            configuration: KafkaConfiguration(bootstrapServers: bootstrapServers),
            group: nil,
            logger: .silent
        )
        var count: Int64 = 0
        do {
            for number in 0..<Int32(partitions) {
                let (low, high) = try await consumer.watermarks(of: KafkaPartition(topic: topic, number: number))
                count += high - low
            }
        } catch {
            await consumer.close()
            throw error
        }
        await consumer.close()
        return count
    }

    /// Ends it, where it is ours.
    package func stop() async {
        switch kind {
        case .inProcess(let broker): broker.close()
        case .tansu(let process): await process.kill()
        case .external: break
        }
    }

    private static func proxy(host: String, ports: [Int]) async throws -> [LoopbackProxy] {
        let dialect = KafkaDialect(host: host)
        var proxies: [LoopbackProxy] = []
        for port in ports {
            let proxy = try await LoopbackProxy(to: .port(port), dialect: dialect)
            dialect.redirect(port: port, to: proxy.port)
            proxies.append(proxy)
        }
        return proxies
    }
}
