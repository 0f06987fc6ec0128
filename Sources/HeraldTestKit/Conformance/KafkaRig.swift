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

    /// Makes a topic of four partitions.
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
        self.topic = topic
        try broker.createTopic(topic.name, partitions: topic.partitions)
        // Shorter than the defaults, so that a member that dies is missed soon.
        let short = ["session.timeout.ms": "6000", "heartbeat.interval.ms": "500"]
        configuration = KafkaConfiguration(
            bootstrapServers: broker.bootstrapServers,
            settings: short.merging(settings) { _, own in own }
        )
    }

    /// A relay from this outbox to the topic.
    package func relay<Outbox: OutboxStore>(_ store: Outbox, owner: UUID = UUID()) -> EventRelay<Outbox> {
        EventRelay(
            store: store,
            configuration: configuration,
            topic: topic,
            source: "https://herald.example.nhs.uk",
            owner: owner,
            logger: .silent
        )
    }

    /// A reader of the topic that keeps its positions in this store.
    package func log(_ store: PostgresStore) -> KafkaEventLog<PostgresStore> {
        KafkaEventLog(positions: store, configuration: configuration, topic: topic, logger: .silent)
    }
}
