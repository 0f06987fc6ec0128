import CRdkafka

/// One event taken off a queue; what it points to lives as long as it does.
struct ClientEvent: ~Copyable {
    enum Kind {
        case record, deliveryReports, rebalance, failure, committed, topicsCreated, topicsDeleted, settingsDescribed
        case other(name: String)
    }

    private let pointer: OpaquePointer  // from rd_kafka_queue_poll

    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        rd_kafka_event_destroy(pointer)
    }

    var kind: Kind {
        switch rd_kafka_event_type(pointer) {
        case RD_KAFKA_EVENT_FETCH: .record
        case RD_KAFKA_EVENT_DR: .deliveryReports
        case RD_KAFKA_EVENT_REBALANCE: .rebalance
        case RD_KAFKA_EVENT_ERROR: .failure
        case RD_KAFKA_EVENT_OFFSET_COMMIT: .committed
        case RD_KAFKA_EVENT_CREATETOPICS_RESULT: .topicsCreated
        case RD_KAFKA_EVENT_DELETETOPICS_RESULT: .topicsDeleted
        case RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT: .settingsDescribed
        default: .other(name: String(cString: rd_kafka_event_name(pointer)))
        }
    }

    /// The event's error or, for a rebalance, its direction.
    var code: rd_kafka_resp_err_t { rd_kafka_event_error(pointer) }

    /// What was passed with the request this answers.
    var opaque: UnsafeMutableRawPointer? { rd_kafka_event_opaque(pointer) }

    /// The error in words.
    func failure(_ operation: KafkaOperation) -> KafkaFailure {
        KafkaFailure(
            operation,
            code: KafkaErrorCode(code),
            detail: rd_kafka_event_error_string(pointer).map { String(cString: $0) },
            isFatal: rd_kafka_event_error_is_fatal(pointer) != 0
        )
    }

    /// The partition an error is about; nil when it is about the client.
    var partition: KafkaPartition? {
        guard let element = rd_kafka_event_topic_partition(pointer) else { return nil }
        defer { rd_kafka_topic_partition_destroy(element) }
        return KafkaPartition(element.pointee)
    }

    /// The partitions of a rebalance.
    var partitions: [KafkaPartition] {
        guard let list = rd_kafka_event_topic_partition_list(pointer) else { return [] }
        return UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)).map(KafkaPartition.init)
    }

    /// Lends each message; the pointer is good within `body` only.
    func forEachMessage(_ body: (UnsafePointer<rd_kafka_message_t>) -> Void) {
        while let message = rd_kafka_event_message_next(pointer) {
            body(message)
        }
    }

    /// The first failure among the topics of a result.
    func topicFailure(_ operation: KafkaOperation) -> KafkaFailure? {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { return failure(operation) }
        var count = 0
        let results =
            switch kind {
            case .topicsCreated: rd_kafka_CreateTopics_result_topics(pointer, &count)
            case .topicsDeleted: rd_kafka_DeleteTopics_result_topics(pointer, &count)
            default: UnsafeMutablePointer<OpaquePointer?>?.none
            }
        for result in UnsafeBufferPointer(start: results, count: count) {
            let code = rd_kafka_topic_result_error(result)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
            return KafkaFailure(operation, code: KafkaErrorCode(code), detail: text)
        }
        return nil
    }

    /// The settings of the one resource a result is about.
    func settings(_ operation: KafkaOperation) throws(KafkaError) -> [String: String] {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw .failed(failure(operation)) }
        var count = 0
        guard let result = rd_kafka_event_DescribeConfigs_result(pointer),
            let resources = rd_kafka_DescribeConfigs_result_resources(result, &count), count > 0,
            let resource = resources[0]
        else { throw .failed(KafkaFailure(operation, code: .invalidArgument)) }
        let code = rd_kafka_ConfigResource_error(resource)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let text = rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) }
            throw .failed(KafkaFailure(operation, code: KafkaErrorCode(code), detail: text))
        }
        guard let entries = rd_kafka_ConfigResource_configs(resource, &count) else { return [:] }
        var settings: [String: String] = [:]
        for entry in UnsafeBufferPointer(start: entries, count: count) {
            guard let name = rd_kafka_ConfigEntry_name(entry), let value = rd_kafka_ConfigEntry_value(entry) else {
                continue  // a value that only the broker may know
            }
            settings[String(cString: name)] = String(cString: value)
        }
        return settings
    }
}
