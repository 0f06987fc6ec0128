import CRdkafka
import Dispatch
package import Logging

/// Looks at a cluster's brokers and topics, and creates topics.
///
/// Calls block a thread of the admin's own, one after another; each ends within its timeout.
package struct KafkaAdmin: Sendable {
    private let bootstrapServers: String
    private let client: ClientHandle
    private let queue = DispatchQueue(label: "kafka.admin")

    /// Makes an administration client, which connects by itself.
    ///
    /// - Parameters:
    ///   - configuration: The cluster.
    ///   - logger: Where librdkafka's log goes.
    /// - Throws: As ``KafkaProducer/init(configuration:logger:)``.
    package init(configuration: KafkaConfiguration, logger: Logger) throws(KafkaError) {
        bootstrapServers = configuration.bootstrapServers
        let conf = try ClientConfiguration(.admin(configuration))
        client = try conf.makeClient(RD_KAFKA_PRODUCER, logger: logger, bearerToken: configuration.bearerToken)
    }

    /// The cluster's brokers as they name themselves.
    ///
    /// - Parameter timeout: How long to wait for an answer.
    /// - Returns: Those that are up, as far as the answering broker knows.
    /// - Throws: ``KafkaError/failed(_:)`` with ``KafkaErrorCode/timedOut`` when no broker answers.
    package func brokers(timeout: Duration = .seconds(5)) async throws(KafkaError) -> [KafkaBroker] {
        try await blocking { () throws(KafkaError) in
            try metadata(ofTopics: false, timeout: timeout).brokers
        }
    }

    /// A topic's shape.
    ///
    /// - Parameters:
    ///   - name: The topic's name; looking does not create it.
    ///   - timeout: How long to wait for an answer.
    /// - Returns: Nil if there is no such topic, or none that this client may see.
    /// - Throws: ``KafkaError/failed(_:)`` with ``KafkaErrorCode/timedOut`` when no broker answers.
    package func topicDescription(
        _ name: String,
        timeout: Duration = .seconds(5)
    ) async throws(KafkaError) -> KafkaTopicDescription? {
        try await blocking { () throws(KafkaError) in
            // All topics, because asking for one creates it where a broker's protocol is old enough.
            try metadata(ofTopics: true, timeout: timeout).topic(name)
        }
    }

    /// Creates a topic.
    ///
    /// - Parameters:
    ///   - name: The topic's name.
    ///   - partitions: How many; adding more later breaks the order per key.
    ///   - replication: Copies of each partition; −1 for the broker's default.
    ///   - settings: The topic's settings, such as `min.insync.replicas`; brokers check them.
    ///   - timeout: How long to wait, on the broker and for its answer.
    /// - Returns: Whether the topic was created; false if there was one already, whatever its shape.
    /// - Throws: ``KafkaError/failed(_:)``.
    @discardableResult
    package func createTopic(
        _ name: String,
        partitions: Int,
        replication: Int = -1,
        settings: [String: String] = [:],
        timeout: Duration = .seconds(15)
    ) async throws(KafkaError) -> Bool {
        try await blocking { () throws(KafkaError) in
            let topic = try NewTopic(name, partitions: partitions, replication: replication, settings: settings)
            let request = try AdminRequest(.createTopic, RD_KAFKA_ADMIN_OP_CREATETOPICS, of: client, timeout: timeout)
            var topics: [OpaquePointer?] = [topic.pointer]
            rd_kafka_CreateTopics(client.pointer, &topics, topics.count, request.options, request.queue.pointer)
            let failure = request.waitForFailure()
            guard let failure, failure.code != .topicAlreadyExists else { return failure == nil }
            throw .failed(failure)
        }
    }

    /// Deletes a topic with all its records.
    ///
    /// - Parameters:
    ///   - name: The topic's name.
    ///   - timeout: How long to wait, on the broker and for its answer.
    /// - Throws: ``KafkaError/failed(_:)``.
    package func deleteTopic(_ name: String, timeout: Duration = .seconds(15)) async throws(KafkaError) {
        try await blocking { () throws(KafkaError) in
            let request = try AdminRequest(.deleteTopic, RD_KAFKA_ADMIN_OP_DELETETOPICS, of: client, timeout: timeout)
            guard let topic = rd_kafka_DeleteTopic_new(name) else {
                throw .failed(KafkaFailure(.deleteTopic, code: .invalidArgument))
            }
            defer { rd_kafka_DeleteTopic_destroy(topic) }
            var topics: [OpaquePointer?] = [topic]
            rd_kafka_DeleteTopics(client.pointer, &topics, topics.count, request.options, request.queue.pointer)
            if let failure = request.waitForFailure() { throw .failed(failure) }
        }
    }

    /// A topic's settings, defaults included, as the brokers apply them.
    ///
    /// - Parameters:
    ///   - name: The topic's name.
    ///   - timeout: How long to wait for an answer.
    /// - Returns: Values by the brokers' names, such as `min.insync.replicas`.
    /// - Throws: ``KafkaError/failed(_:)``, with ``KafkaErrorCode/unsupportedFeature`` or
    ///   ``KafkaErrorCode/timedOut`` where the brokers do not know the question.
    package func topicSettings(
        _ name: String,
        timeout: Duration = .seconds(5)
    ) async throws(KafkaError) -> [String: String] {
        try await blocking { () throws(KafkaError) in
            let kind = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS
            let request = try AdminRequest(.readSettings, kind, of: client, timeout: timeout)
            guard let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name) else {
                throw .failed(KafkaFailure(.readSettings, code: .invalidArgument))
            }
            defer { rd_kafka_ConfigResource_destroy(resource) }
            var resources: [OpaquePointer?] = [resource]
            rd_kafka_DescribeConfigs(
                client.pointer,
                &resources,
                resources.count,
                request.options,
                request.queue.pointer
            )
            return try request.answer().settings(.readSettings)
        }
    }

    private func metadata(ofTopics: Bool, timeout: Duration) throws(KafkaError) -> ClusterMetadata {
        var pointer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client.pointer, ofTopics ? 1 : 0, nil, &pointer, timeout.milliseconds)
        if let pointer { return ClusterMetadata(adopting: pointer) }
        switch KafkaErrorCode(code) {
        case .transport, .timedOut, .allBrokersDown, .none:
            let detail = "no broker of \(bootstrapServers) answered within \(timeout)"
            throw .failed(KafkaFailure(.readMetadata, code: .timedOut, detail: detail))
        case let other:
            throw .failed(KafkaFailure(.readMetadata, code: other))
        }
    }

    private func blocking<R: Sendable>(
        _ body: @escaping @Sendable () throws(KafkaError) -> R
    ) async throws(KafkaError) -> R {
        let result = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }
}
