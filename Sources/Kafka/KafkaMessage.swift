/// A message to produce.
package struct KafkaMessage: Hashable, Sendable {
    /// The topic's name.
    package var topic: String
    /// What decides the partition (murmur2, as Java clients do) and with it the order; may be empty.
    package var key: [UInt8]
    /// The content; empty for a tombstone.
    package var value: [UInt8] {
        get { content ?? [] }
        set { content = newValue }
    }
    /// Headers, in order; a name may occur more than once.
    package var headers: [KafkaHeader]
    /// A fixed partition instead of the one the key gives; do not mix the two on one topic.
    package var partition: Int32?

    /// Nil for a tombstone, which in Kafka is something else than an empty value.
    private(set) var content: [UInt8]?

    /// Makes a message.
    package init(
        topic: String,
        key: [UInt8],
        value: [UInt8],
        headers: [KafkaHeader] = [],
        partition: Int32? = nil
    ) {
        self.topic = topic
        self.key = key
        self.content = value
        self.headers = headers
        self.partition = partition
    }

    /// A message with a null value, which deletes its key from a compacted topic.
    package static func tombstone(topic: String, key: [UInt8], headers: [KafkaHeader] = []) -> Self {
        var message = Self(topic: topic, key: key, value: [], headers: headers)
        message.content = nil
        return message
    }
}

/// A header of a message.
package struct KafkaHeader: Hashable, Sendable {
    /// The name.
    package var name: String
    /// The bytes; a null value of another producer reads as empty.
    package var value: [UInt8]

    /// Makes a header of bytes.
    package init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// Makes a header of a text's UTF-8.
    package init(name: String, text: String) {
        self.init(name: name, value: Array(text.utf8))
    }
}

/// Where a broker has stored a message.
package struct KafkaAcknowledgement: Hashable, Sendable {
    /// The partition within the message's topic.
    package let partition: Int32
    /// The message's offset within the partition.
    package let offset: Int64

    /// Names a place, for callers' tests.
    package init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

extension KafkaMessage: CustomStringConvertible {
    /// Topic and sizes; neither key nor content.
    package var description: String { "message to \(topic), \(value.count) bytes, \(headers.count) headers" }
}

extension KafkaMessage: CustomReflectable {
    /// Shows ``description`` only: a message may be about a patient.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
