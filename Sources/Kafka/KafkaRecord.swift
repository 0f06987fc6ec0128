/// A record read from a partition; it owns all its bytes.
package struct KafkaRecord: Hashable, Sendable {
    /// The topic's name.
    package let topic: String
    /// The partition within the topic.
    package let partition: Int32
    /// The record's offset; the position after it is `offset + 1`.
    package let offset: Int64
    /// The key, if there is one.
    package let key: [UInt8]?
    /// The content; nil for a tombstone.
    package let value: [UInt8]?
    /// Headers, in order; a name may occur more than once.
    package let headers: [KafkaHeader]
    /// Milliseconds since 1970 (UTC), as the topic's `message.timestamp.type` says; nil if the record has none.
    package let timestamp: Int64?

    /// Makes a record, for callers' tests.
    package init(
        topic: String,
        partition: Int32,
        offset: Int64,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [KafkaHeader] = [],
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }

    /// The partition the record is in.
    package var source: KafkaPartition { KafkaPartition(topic: topic, number: partition) }

    /// The value of the last header of this name.
    package func header(_ name: String) -> [UInt8]? { headers.last { $0.name == name }?.value }
}

extension KafkaRecord: CustomStringConvertible, CustomReflectable {
    /// Where the record is and how large; neither key nor content.
    package var description: String { "record \(topic)[\(partition)]@\(offset), \(value?.count ?? 0) bytes" }

    /// Shows ``description`` only: a record may be about a patient.
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
