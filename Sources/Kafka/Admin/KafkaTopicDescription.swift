/// A topic's shape.
package struct KafkaTopicDescription: Hashable, Sendable {
    /// The topic's name.
    package let name: String
    /// How many partitions it has.
    package let partitions: Int
    /// How many copies its partitions have; the least, should they differ.
    package let replication: Int
    /// How many copies are in step at the moment; the least over the partitions.
    package let inSync: Int

    /// Describes a topic, for callers' tests too.
    package init(name: String, partitions: Int, replication: Int, inSync: Int) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.inSync = inSync
    }
}

/// A broker of the cluster, as it wants to be reached.
package struct KafkaBroker: Hashable, Sendable {
    /// The broker's number in the cluster.
    package let id: Int32
    /// The advertised host.
    package let host: String
    /// The advertised port.
    package let port: Int
}
