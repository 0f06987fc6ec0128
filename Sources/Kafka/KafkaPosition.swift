import CRdkafka

/// One partition of a topic.
package struct KafkaPartition: Hashable, Sendable {
    /// The topic's name.
    package let topic: String
    /// The partition's number within the topic, from 0.
    package let number: Int32

    /// Names a partition.
    package init(topic: String, number: Int32) {
        self.topic = topic
        self.number = number
    }
}

/// A place in a partition's log.
package enum KafkaOffset: Hashable, Sendable {
    /// The offset of the next record to read.
    case exact(Int64)
    /// The oldest record there is.
    case beginning
    /// After the newest record.
    case end

    var raw: Int64 {
        switch self {
        case .exact(let offset): offset
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        }
    }
}

/// The record to read next from a partition.
package struct KafkaPosition: Hashable, Sendable {
    /// The partition.
    package let partition: KafkaPartition
    /// Where in its log; for a commit the last processed offset + 1.
    package let offset: KafkaOffset

    /// A position at an offset, or at one of the log's ends.
    package init(partition: KafkaPartition, offset: KafkaOffset) {
        self.partition = partition
        self.offset = offset
    }

    /// A position at an offset.
    package init(partition: KafkaPartition, offset: Int64) {
        self.init(partition: partition, offset: .exact(offset))
    }
}

extension KafkaPartition: Comparable, CustomStringConvertible {
    /// By topic, then by number.
    package static func < (left: Self, right: Self) -> Bool {
        (left.topic, left.number) < (right.topic, right.number)
    }

    /// `topic[number]`.
    package var description: String { "\(topic)[\(number)]" }
}
