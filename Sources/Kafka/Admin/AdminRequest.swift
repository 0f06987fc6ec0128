import CRdkafka

/// One request of the admin API: its options, and the queue its answer comes on.
struct AdminRequest: ~Copyable {
    let options: OpaquePointer
    let queue: ClientQueue
    private let operation: KafkaOperation
    private let timeout: Duration

    init(
        _ operation: KafkaOperation,
        _ kind: rd_kafka_admin_op_t,
        of client: ClientHandle,
        timeout: Duration
    ) throws(KafkaError) {
        guard let options = rd_kafka_AdminOptions_new(client.pointer, kind) else {
            throw .failed(KafkaFailure(operation, code: .invalidArgument))
        }
        self.options = options
        self.operation = operation
        self.timeout = timeout
        queue = ClientQueue(adopting: rd_kafka_queue_new(client.pointer), of: client)
        // Both refuse only what is out of range, which `milliseconds` is not.
        _ = withErrorText { rd_kafka_AdminOptions_set_request_timeout(options, timeout.milliseconds, $0, $1) }
        _ = withErrorText { rd_kafka_AdminOptions_set_operation_timeout(options, timeout.milliseconds, $0, $1) }
    }

    deinit {
        rd_kafka_AdminOptions_destroy(options)
    }

    /// Waits for the answer; nil when all went well.
    func waitForFailure() -> KafkaFailure? {
        do {
            return try answer().topicFailure(operation)
        } catch .failed(let failure) {
            return failure
        } catch {
            return KafkaFailure(operation, code: error.code)
        }
    }

    /// Waits for the answer, which may be a failure.
    func answer() throws(KafkaError) -> ClientEvent {
        // librdkafka answers at its request time-out at the latest; the rest is for that answer to arrive.
        guard let event = queue.poll(timeout + .seconds(1)) else {
            throw .failed(KafkaFailure(operation, code: .timedOut, detail: "no answer within \(timeout)"))
        }
        return event
    }
}

/// Owns the description of a topic to create.
struct NewTopic: ~Copyable {
    let pointer: OpaquePointer

    init(_ name: String, partitions: Int, replication: Int, settings: [String: String]) throws(KafkaError) {
        guard let partitions = Int32(exactly: partitions), let replication = Int32(exactly: replication) else {
            throw .failed(KafkaFailure(.createTopic, code: .invalidArgument, detail: "a count is out of range"))
        }
        let (topic, text) = withErrorText { rd_kafka_NewTopic_new(name, partitions, replication, $0, $1) }
        guard let topic else { throw .failed(KafkaFailure(.createTopic, code: .invalidArgument, detail: text)) }
        pointer = topic
        for (name, value) in settings {
            // Not checked here: brokers check a topic's settings.
            rd_kafka_NewTopic_set_config(pointer, name, value)
        }
    }

    deinit {
        rd_kafka_NewTopic_destroy(pointer)
    }
}
