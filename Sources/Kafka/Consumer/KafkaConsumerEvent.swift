/// What ``KafkaConsumer/next(maximum:timeout:)`` found.
package enum KafkaConsumerEvent: Hashable, Sendable {
    /// Records in the order of their partitions; none when the time is over.
    case records([KafkaRecord])
    /// The group gives this member partitions: answer with ``KafkaConsumer/assign(_:)``.
    case assigned([KafkaPartition])
    /// The group takes partitions away: finish or drop what was read from them, then ``KafkaConsumer/unassign()``.
    ///
    /// With `lost` another member may own them already.
    case revoked([KafkaPartition], lost: Bool)
    /// The partition's position is not in its log any more (trimmed) or not yet.
    ///
    /// Reading the partition stops until ``KafkaConsumer/seek(_:timeout:)`` gives it another position.
    case positionLost(KafkaPartition, KafkaError)
}
