import CRdkafka
import Dispatch

/// Somebody else's producer, which sends in transactions; Herald's own has none (`delivery.md` §13, D-84).
package final class TransactionalProducer: Sendable {
    /// How a transaction ends.
    package enum Ending: Sendable { case commit, abort }

    // librdkafka's handles may be used by any thread (its INTRODUCTION.md, "Threads and callbacks").
    private nonisolated(unsafe) let client: OpaquePointer
    private let queue = DispatchQueue(label: "herald.test.transactions")

    /// Connects and takes over the transactions of this id.
    ///
    /// - Throws: ``FaultError`` with what the broker says.
    package init(_ bootstrapServers: String, id: String) async throws {
        guard let configuration = rd_kafka_conf_new() else { throw FaultError("no configuration") }
        for (name, value) in ["bootstrap.servers": bootstrapServers, "transactional.id": id] {
            guard rd_kafka_conf_set(configuration, name, value, nil, 0) == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(configuration)
                throw FaultError("librdkafka takes no \(name)")
            }
        }
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
            rd_kafka_conf_destroy(configuration)
            throw FaultError("no producer")
        }
        self.client = client
        try await blocking { client in try Self.check(rd_kafka_init_transactions(client, 30_000), "init") }
    }

    deinit { rd_kafka_destroy(client) }

    /// Sends values to a partition in one transaction; they are in the log when this returns, however it ends.
    ///
    /// - Throws: ``FaultError`` with what the broker says.
    package func send(_ values: [String], to topic: String, partition: Int32, then ending: Ending) async throws {
        try await blocking { client in
            try Self.check(rd_kafka_begin_transaction(client), "begin")
            guard let handle = rd_kafka_topic_new(client, topic, nil) else { throw FaultError("no topic \(topic)") }
            defer { rd_kafka_topic_destroy(handle) }
            for value in values {
                var bytes = Array(value.utf8)
                let size = bytes.count
                let failed = rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, &bytes, size, nil, 0, nil)
                guard failed == 0 else { throw FaultError("not taken: \(rd_kafka_last_error())") }
            }
            // Without this an aborted transaction's messages would never leave the client.
            guard rd_kafka_flush(client, 30_000) == RD_KAFKA_RESP_ERR_NO_ERROR else { throw FaultError("not flushed") }
            switch ending {
            case .commit: try Self.check(rd_kafka_commit_transaction(client, 30_000), "commit")
            case .abort: try Self.check(rd_kafka_abort_transaction(client, 30_000), "abort")
            }
        }
    }

    private func blocking(_ body: @escaping @Sendable (OpaquePointer) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try body(self.client) }) }
        }
    }

    private static func check(_ error: OpaquePointer?, _ step: String) throws {
        guard let error else { return }
        defer { rd_kafka_error_destroy(error) }
        throw FaultError("\(step): \(rd_kafka_error_string(error).map { String(cString: $0) } ?? "?")")
    }
}
