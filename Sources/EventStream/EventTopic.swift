/// The topic that carries the events, and how it must be set up.
package struct EventTopic: Sendable, Hashable {
    package var name = "herald.vaccination-events"
    /// Used when the topic is created; adding partitions later would break the order per record.
    package var partitions = 24
    /// Copies of each partition when the topic is created; the broker's default where nil.
    package var replication: Int?
    /// How long messages are kept when the topic is created: the time that routers may be away.
    package var retention: Duration = .seconds(7 * 86_400)
    /// The consumer group of the routers.
    package var group = "herald-router"
    /// Messages sent together and waited for.
    package var relayBatch = 2000
    /// Events in one routing transaction at most.
    package var sliceLimit = 500

    package init() {}
}
