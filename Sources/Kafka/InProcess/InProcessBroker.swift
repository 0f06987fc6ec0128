import CRdkafka
import Dispatch
package import Logging
import Synchronization

/// A Kafka cluster inside this process, for tests and demonstrations: librdkafka's mock cluster on loopback ports.
///
/// It is no place to keep data. Each partition holds at most 5 MB (as sent, so compressed) or 100,000 batches, older
/// records vanish without a word, and everything ends with the process. It knows no transactions' ends for readers, no
/// admin API (use ``createTopic(_:partitions:)``; ``KafkaAdmin`` times out), no cooperative rebalancing, no TLS and no authentication. The first
/// join of a group takes 3 s, each further rebalance some 4.5 s.
///
/// Close the clients before the broker; their connections break otherwise, with warnings in their logs.
package final class InProcessBroker: Sendable {
    /// What clients connect to.
    package let bootstrapServers: String

    private let cluster: Mutex<MockCluster?>

    /// Starts a cluster on free ports of the loopback interface.
    ///
    /// - Parameters:
    ///   - brokers: How many brokers, numbered from 1.
    ///   - logger: Where librdkafka's log goes; nowhere by default.
    /// - Throws: ``KafkaError/failed(_:)`` when no port is to be had.
    package init(
        brokers: Int = 1,
        logger: Logger = Logger(label: "kafka.in-process", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(KafkaError) {
        let host = try ClientConfiguration().makeClient(RD_KAFKA_PRODUCER, logger: logger)
        guard let count = Int32(exactly: brokers), count > 0,
            let pointer = rd_kafka_mock_cluster_new(host.pointer, count),
            let servers = rd_kafka_mock_cluster_bootstraps(pointer)
        else { throw .failed(KafkaFailure(.broker, code: KafkaErrorCode(rd_kafka_last_error()))) }
        bootstrapServers = String(cString: servers)
        cluster = Mutex(MockCluster(adopting: pointer, host: host))
        Listeners.sendWithoutDelay(bootstrapServers)
    }

    /// Creates a topic; without this the first message to it creates one with 4 partitions.
    ///
    /// - Parameters:
    ///   - name: The topic's name.
    ///   - partitions: How many.
    /// - Throws: ``KafkaError/failed(_:)`` if there is one already, ``KafkaError/closed``.
    package func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        try change { rd_kafka_mock_topic_create($0, name, Int32(clamping: partitions), 1) }
    }

    /// Makes the next requests of a kind fail, one for each code.
    ///
    /// - Parameters:
    ///   - request: Which requests.
    ///   - codes: What brokers answer; ``KafkaErrorCode/transport`` breaks the connection.
    /// - Throws: ``KafkaError/closed``.
    package func pushRequestErrors(_ request: KafkaRequest, _ codes: [KafkaErrorCode]) throws(KafkaError) {
        try change { cluster in
            let codes = codes.map(\.response)
            rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, codes.count, codes)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Takes back errors that no request has met yet.
    ///
    /// - Parameter request: Which requests.
    /// - Throws: ``KafkaError/closed``.
    package func clearRequestErrors(_ request: KafkaRequest) throws(KafkaError) {
        try change { cluster in
            rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Breaks a broker's connections and accepts no new ones; its partitions keep their leader.
    ///
    /// - Parameter broker: From 1; nil for all.
    /// - Throws: ``KafkaError/failed(_:)`` if there is no such broker, ``KafkaError/closed``.
    package func setDown(_ broker: Int32? = nil) throws(KafkaError) {
        try change { rd_kafka_mock_broker_set_down($0, broker ?? -1) }
    }

    /// Lets a broker accept connections again.
    ///
    /// - Parameter broker: From 1; nil for all.
    /// - Throws: ``KafkaError/failed(_:)`` if there is no such broker, ``KafkaError/closed``.
    package func setUp(_ broker: Int32? = nil) throws(KafkaError) {
        try change { rd_kafka_mock_broker_set_up($0, broker ?? -1) }
    }

    /// Delays a broker's answers.
    ///
    /// - Parameters:
    ///   - broker: From 1; nil for all.
    ///   - duration: How long, in whole milliseconds.
    /// - Throws: ``KafkaError/failed(_:)`` if there is no such broker, ``KafkaError/closed``.
    package func setRoundTrip(_ broker: Int32?, _ duration: Duration) throws(KafkaError) {
        try change { rd_kafka_mock_broker_set_rtt($0, broker ?? -1, duration.milliseconds) }
    }

    /// Makes brokers answer questions about a topic with an error, as if it were missing for example.
    ///
    /// - Parameters:
    ///   - topic: The topic's name; it is created if need be.
    ///   - code: What brokers answer; ``KafkaErrorCode/none`` for the truth again.
    /// - Throws: ``KafkaError/closed``.
    package func setTopicError(_ topic: String, _ code: KafkaErrorCode) throws(KafkaError) {
        try change { cluster in
            rd_kafka_mock_topic_set_error(cluster, topic, code.response)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Moves a partition to another broker.
    ///
    /// - Parameters:
    ///   - partition: Which partition; its topic is created if need be.
    ///   - broker: From 1; nil leaves the partition without a leader.
    /// - Throws: ``KafkaError/failed(_:)`` if there is no such broker, ``KafkaError/closed``.
    package func setLeader(of partition: KafkaPartition, to broker: Int32?) throws(KafkaError) {
        try change { rd_kafka_mock_partition_set_leader($0, partition.topic, partition.number, broker ?? -1) }
    }

    /// Stops the cluster and forgets its records; it also stops when nobody holds the object any more.
    package func close() {
        cluster.withLock { $0 = nil }
    }

    private func change(_ body: (OpaquePointer) -> rd_kafka_resp_err_t) throws(KafkaError) {
        guard let cluster = cluster.withLock({ $0 }) else { throw .closed }
        let code = body(cluster.pointer)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw .failed(KafkaFailure(.broker, code: KafkaErrorCode(code)))
    }
}

/// Owns an `rd_kafka_mock_cluster_t`, whose functions lock, and keeps the client it lives in.
private final class MockCluster: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    private let host: ClientHandle

    init(adopting pointer: OpaquePointer, host: ClientHandle) {
        self.pointer = pointer
        self.host = host
    }

    deinit {
        // Cluster before host; it joins a thread, so not on one of the cooperative pool.
        nonisolated(unsafe) let pointer = pointer
        let host = host
        DispatchQueue.global().async {
            rd_kafka_mock_cluster_destroy(pointer)
            withExtendedLifetime(host) {}
        }
    }
}
