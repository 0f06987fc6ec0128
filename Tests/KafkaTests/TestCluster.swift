import Foundation
import Kafka
import Logging

/// A cluster for a test: in this process, or the real one of `HERALD_KAFKA_BOOTSTRAP_SERVERS` where a test can use it.
struct TestCluster: Sendable {
    let bootstrapServers: String
    private let broker: InProcessBroker?

    /// Set when tests that can are to run against a real broker too.
    static var realServers: String? {
        ProcessInfo.processInfo.environment["HERALD_KAFKA_BOOTSTRAP_SERVERS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Lends the clusters a test should pass on, one after the other; each has to be left as it was found.
    static func withEach(_ body: (TestCluster) async throws -> Void) async throws {
        try await withInProcess { cluster, _ in try await body(cluster) }
        guard let realServers else { return }
        try await body(TestCluster(bootstrapServers: realServers, broker: nil))
    }

    static func withInProcess(
        brokers: Int = 1,
        _ body: (TestCluster, InProcessBroker) async throws -> Void
    ) async throws {
        let broker = try InProcessBroker(brokers: brokers)
        defer { broker.close() }
        try await body(TestCluster(bootstrapServers: broker.bootstrapServers, broker: broker), broker)
    }

    func configuration(_ settings: [String: String] = [:]) -> KafkaConfiguration {
        // Shorter than the defaults, so that a member that dies is missed soon.
        let short = ["session.timeout.ms": "6000", "heartbeat.interval.ms": "500"]
        return KafkaConfiguration(
            bootstrapServers: bootstrapServers,
            settings: short.merging(settings) { _, own in own }
        )
    }

    /// Lends a new topic, and deletes it afterwards where that matters.
    func withTopic(partitions: Int, _ body: (String) async throws -> Void) async throws {
        let name = "test-\(UUID().uuidString.prefix(8))"
        if let broker {
            try broker.createTopic(name, partitions: partitions)
            return try await body(name)
        }
        let admin = try KafkaAdmin(configuration: configuration(), logger: .silent)
        try await admin.createTopic(name, partitions: partitions, replication: 1)
        let result: Result<Void, any Error>
        do { result = .success(try await body(name)) } catch { result = .failure(error) }
        try await admin.deleteTopic(name)
        try result.get()
    }

    /// Lends a producer, and closes it.
    func withProducer(
        _ settings: [String: String] = [:],
        _ body: (KafkaProducer) async throws -> Void
    ) async throws {
        let producer = try KafkaProducer(configuration: configuration(settings), logger: .silent)
        let result: Result<Void, any Error>
        do { result = .success(try await body(producer)) } catch { result = .failure(error) }
        await producer.close(grace: .seconds(1))
        try result.get()
    }

    /// Lends a consumer, and closes it.
    func withConsumer(
        group: String? = nil,
        _ settings: [String: String] = [:],
        _ body: (KafkaConsumer) async throws -> Void
    ) async throws {
        let consumer = try KafkaConsumer(configuration: configuration(settings), group: group, logger: .silent)
        let result: Result<Void, any Error>
        do { result = .success(try await body(consumer)) } catch { result = .failure(error) }
        await consumer.close()
        try result.get()
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}

extension KafkaConsumer {
    /// Reads until `count` records are there; a rebalance or lost position is unexpected.
    func read(_ count: Int, maximum: Int = 1000) async throws -> [KafkaRecord] {
        var records: [KafkaRecord] = []
        while records.count < count {
            try Task.checkCancellation()
            let event = try await next(maximum: min(maximum, count - records.count), timeout: .seconds(1))
            guard case .records(let more) = event else { throw Unexpected("\(event)") }
            records += more
        }
        return records
    }

    /// Waits for an event that is not records, skipping those.
    func nextChange() async throws -> KafkaConsumerEvent {
        while true {
            try Task.checkCancellation()
            let event = try await next(maximum: 100, timeout: .seconds(1))
            if case .records = event { continue }
            return event
        }
    }
}

/// Something came that a test did not expect.
struct Unexpected: Error {
    let what: String

    init(_ what: String) { self.what = what }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

/// Positions at the start of a topic's partitions.
func beginnings(_ topic: String, partitions: Int) -> [KafkaPosition] {
    (0..<Int32(partitions)).map {
        KafkaPosition(partition: KafkaPartition(topic: topic, number: $0), offset: .beginning)
    }
}
