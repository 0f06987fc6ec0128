import CRdkafka

/// Owns a list of partitions with their offsets, as librdkafka takes and fills them.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ positions: [KafkaPosition]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(positions.count))
        for position in positions {
            let element = rd_kafka_topic_partition_list_add(
                pointer,
                position.partition.topic,
                position.partition.number
            )
            element?.pointee.offset = position.offset.raw
        }
    }

    init(_ partitions: [KafkaPartition]) {
        self.init(partitions.map { KafkaPosition(partition: $0, offset: Int64(RD_KAFKA_OFFSET_INVALID)) })
    }

    /// Whole topics, for a subscription.
    init(topics: [String]) {
        self.init(topics.map { KafkaPartition(topic: $0, number: RD_KAFKA_PARTITION_UA) })
    }

    deinit {
        rd_kafka_topic_partition_list_destroy(pointer)
    }

    private var elements: UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: pointer.pointee.elems, count: Int(pointer.pointee.cnt))
    }

    /// The offsets librdkafka filled in; partitions without one are left out.
    var offsets: [KafkaPartition: Int64] {
        var offsets: [KafkaPartition: Int64] = [:]
        for element in elements where element.err == RD_KAFKA_RESP_ERR_NO_ERROR && element.offset >= 0 {
            offsets[KafkaPartition(element)] = element.offset
        }
        return offsets
    }

    /// The first error librdkafka left at a partition.
    func failure(_ operation: KafkaOperation) -> KafkaFailure? {
        guard let element = elements.first(where: { $0.err != RD_KAFKA_RESP_ERR_NO_ERROR }) else { return nil }
        let code = KafkaErrorCode(element.err)
        return KafkaFailure(operation, code: code, detail: "\(KafkaPartition(element)): \(code.text)")
    }
}

extension KafkaPartition {
    init(_ element: rd_kafka_topic_partition_t) {
        self.init(topic: element.topic.map { String(cString: $0) } ?? "", number: element.partition)
    }
}
