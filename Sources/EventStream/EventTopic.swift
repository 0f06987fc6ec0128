package import Kafka

/// The topic that carries the events, and how it must be set up.
package struct EventTopic: Sendable, Hashable {
    package var name = "herald.vaccination-events"
    /// Used when the topic is created; adding partitions later would break the order per record.
    package var partitions = 24
    /// Copies of each partition when the topic is created; the broker's default where nil.
    package var replication: Int?
    /// The consumer group of the routers.
    package var group = "herald-router"
    /// Messages sent together and waited for.
    package var relayBatch = 2000
    /// Events in one routing transaction at most.
    package var sliceLimit = 500

    package init() {}

    /// Makes sure that the topic is there, creating it where it is missing.
    ///
    /// - Parameter admin: A client of the brokers.
    /// - Throws: `KafkaError` when the broker does not answer or refuses.
    package func prepare(with admin: KafkaAdmin) async throws {
        guard try await admin.topicDescription(name) == nil else { return }
        // Another process may be faster; then the topic is as good.
        try await admin.createTopic(
            name,
            partitions: partitions,
            replication: replication ?? -1,
            settings: ["retention.ms": "604800000", "cleanup.policy": "delete"]
        )
    }
}
