import CRdkafka
import Glibc

/// Copies the records of one call out of events; remembers the last partition, because records come in runs.
struct RecordReader {
    private(set) var records: [KafkaRecord] = []
    private let owned: Set<KafkaPartition>
    private var source = KafkaPartition(topic: "", number: -1)
    private var isOwned = false

    /// Reads from these partitions only: librdkafka drops what it has fetched from others, this makes sure.
    init(owned: Set<KafkaPartition>) {
        self.owned = owned
    }

    /// Takes over the record of an event.
    mutating func read(_ event: borrowing ClientEvent) {
        event.forEachMessage { message in
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR, let topic = message.pointee.rkt else { return }
            notice(topic, message.pointee.partition)
            guard isOwned else { return }
            records.append(Self.record(of: message, from: source))
        }
    }

    /// Makes the topic's name a `String`, and looks for the partition, only when it differs from the last.
    private mutating func notice(_ topic: OpaquePointer, _ partition: Int32) {
        guard let name = rd_kafka_topic_name(topic) else { return }
        let isSameTopic = source.topic.withCString { strcmp($0, name) == 0 }
        guard !isSameTopic || source.number != partition else { return }
        source = KafkaPartition(topic: isSameTopic ? source.topic : String(cString: name), number: partition)
        isOwned = owned.contains(source)
    }

    private static func record(
        of message: UnsafePointer<rd_kafka_message_t>,
        from source: KafkaPartition
    ) -> KafkaRecord {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(message, &kind)
        return KafkaRecord(
            topic: source.topic,
            partition: source.number,
            offset: message.pointee.offset,
            key: [UInt8](copying: message.pointee.key, count: message.pointee.key_len),
            value: [UInt8](copying: message.pointee.payload, count: message.pointee.len),
            headers: headers(of: message),
            timestamp: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || timestamp < 0 ? nil : timestamp
        )
    }

    private static func headers(of message: UnsafePointer<rd_kafka_message_t>) -> [KafkaHeader] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        let count = rd_kafka_header_cnt(list)
        var headers: [KafkaHeader] = []
        headers.reserveCapacity(count)
        for index in 0..<count {
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let name
            else { break }
            headers.append(
                KafkaHeader(name: String(cString: name), value: [UInt8](copying: value, count: size) ?? [])
            )
        }
        return headers
    }
}

extension [UInt8] {
    /// Copies bytes of C; nil for a null address.
    fileprivate init?(copying start: UnsafeRawPointer?, count: Int) {
        guard let start else { return nil }
        self.init(UnsafeRawBufferPointer(start: start, count: count))
    }
}
