import CRdkafka

/// Owns an answer about brokers and topics.
struct ClusterMetadata: ~Copyable {
    private let pointer: UnsafePointer<rd_kafka_metadata>

    init(adopting pointer: UnsafePointer<rd_kafka_metadata>) {
        self.pointer = pointer
    }

    deinit {
        rd_kafka_metadata_destroy(pointer)
    }

    var brokers: [KafkaBroker] {
        UnsafeBufferPointer(start: pointer.pointee.brokers, count: Int(pointer.pointee.broker_cnt)).map { broker in
            KafkaBroker(
                id: broker.id,
                host: broker.host.map { String(cString: $0) } ?? "",
                port: Int(broker.port)
            )
        }
    }

    /// The topic of this name; nil if the cluster has none.
    func topic(_ name: String) throws(KafkaError) -> KafkaTopicDescription? {
        let topics = UnsafeBufferPointer(start: pointer.pointee.topics, count: Int(pointer.pointee.topic_cnt))
        guard let topic = topics.first(where: { $0.topic.map { String(cString: $0) } == name }) else { return nil }
        switch KafkaErrorCode(topic.err) {
        case .none:
            break
        case .unknownTopicOrPartition, .unknownTopic:
            return nil
        case let code:
            throw .failed(KafkaFailure(.readMetadata, code: code))
        }
        let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
        return KafkaTopicDescription(
            name: name,
            partitions: partitions.count,
            replication: partitions.map { Int($0.replica_cnt) }.min() ?? 0,
            inSync: partitions.map { Int($0.isr_cnt) }.min() ?? 0
        )
    }
}
