package import EventStream
package import Events
package import Foundation
package import Kafka
import Logging
package import Store

/// What Herald needs of a Kafka cluster, set up on a broker for tests.
package struct KafkaRig: Sendable {
    /// The events' topic, made for the rig.
    package let topic: EventTopic
    /// The cluster.
    package let configuration: KafkaConfiguration

    /// Set when tests that can are to run against a real cluster too; nothing else is needed for that.
    package static var realServers: String? {
        ProcessInfo.processInfo.environment["HERALD_KAFKA_BOOTSTRAP_SERVERS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Makes a topic of four partitions on a broker inside this process.
    ///
    /// - Parameters:
    ///   - broker: Where the topic is made.
    ///   - sliceLimit: Events in one routing transaction at most.
    ///   - settings: librdkafka settings for all clients.
    /// - Throws: What the broker says against it.
    package init(_ broker: InProcessBroker, sliceLimit: Int = 50, settings: [String: String] = [:]) throws {
        var topic = EventTopic()
        topic.partitions = 4
        topic.sliceLimit = sliceLimit
        self.init(broker.bootstrapServers, topic, settings)
        try broker.createTopic(topic.name, partitions: topic.partitions)
    }

    /// Lends a rig on a real cluster, with a topic and a group of its own, and removes the topic afterwards.
    ///
    /// - Parameters:
    ///   - servers: The cluster, which may have one broker only.
    ///   - sliceLimit: Events in one routing transaction at most.
    ///   - settings: librdkafka settings for all clients.
    ///   - body: What to do with the rig.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws, and what the cluster says against the topic.
    package static func with<Value>(
        realServers servers: String,
        sliceLimit: Int = 50,
        settings: [String: String] = [:],
        _ body: (KafkaRig) async throws -> Value
    ) async throws -> Value {
        var topic = EventTopic()
        topic.name = "herald-test-\(UUID().uuidString.prefix(8).lowercased())"
        topic.group = topic.name
        topic.partitions = 4
        topic.sliceLimit = sliceLimit
        let admin = try KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: servers), logger: .silent)
        topic.replication = min(3, try await admin.brokers(timeout: .seconds(20)).count)
        let rig = KafkaRig(servers, topic, settings)
        _ = try await topic.find(with: admin)
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(rig)) } catch { outcome = .failure(error) }
        try await admin.deleteTopic(topic.name)
        return try outcome.get()
    }

    private init(_ servers: String, _ topic: EventTopic, _ settings: [String: String]) {
        self.topic = topic
        // Shorter than the defaults, so that a member that dies is missed soon.
        let short = ["session.timeout.ms": "6000", "heartbeat.interval.ms": "500"]
        configuration = KafkaConfiguration(
            bootstrapServers: servers,
            settings: short.merging(settings) { _, own in own }
        )
    }

    /// A relay from this outbox to the topic.
    package func relay<Outbox: OutboxStore & EventLogRegister & LogPositionStore>(
        _ store: Outbox,
        owner: UUID = UUID(),
        lease: Duration = .seconds(15)
    ) -> EventRelay<Outbox> {
        EventRelay(
            store: store,
            configuration: configuration,
            topic: topic,
            source: "https://herald.example.nhs.uk",
            owner: owner,
            lease: lease,
            logger: .silent
        )
    }

    /// A reader of the topic that keeps its positions in this store.
    package func log(_ store: PostgresStore) -> KafkaEventLog<PostgresStore> {
        KafkaEventLog(store: store, configuration: configuration, topic: topic, logger: .silent)
    }

    /// A router from the topic.
    package func router(_ store: PostgresStore) -> Router<KafkaEventLog<PostgresStore>, PostgresStore> {
        Router(log: log(store), store: store, logger: .silent)
    }
}
