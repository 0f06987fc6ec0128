import CRdkafka
import Dispatch

/// Owns an `rd_kafka_t`; whoever calls librdkafka with it holds a reference meanwhile.
///
/// librdkafka documents the handle, and every function the driver passes it to, as thread-safe.
final class ClientHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer
    private let log: ClientBridge

    init(adopting pointer: OpaquePointer, log: ClientBridge) {
        self.pointer = pointer
        self.log = log
    }

    deinit {
        // Destroying joins librdkafka's threads, which may take a second: never on a thread of the cooperative pool.
        // The log goes after the client, whose threads write to it up to their end.
        nonisolated(unsafe) let pointer = pointer
        let log = log
        Self.graveyard.async {
            // A consumer that was not closed does not wait for its group's coordinator here.
            rd_kafka_destroy_flags(pointer, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
            withExtendedLifetime(log) {}
        }
    }

    private static let graveyard = DispatchQueue(label: "kafka.destruction", attributes: .concurrent)

    /// The error that made the client useless, if there is one.
    func fatalFailure(_ operation: KafkaOperation) -> KafkaFailure? {
        let (code, text) = withErrorText { buffer, size in rd_kafka_fatal_error(pointer, buffer, size) }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaFailure(operation, code: KafkaErrorCode(code), detail: text, isFatal: true)
    }

    /// Turns a returned code into an error, with the fatal error behind `_FATAL`.
    func check(_ code: rd_kafka_resp_err_t, _ operation: KafkaOperation) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        if code == RD_KAFKA_RESP_ERR__FATAL, let failure = fatalFailure(operation) { throw .failed(failure) }
        throw .failed(KafkaFailure(operation, code: KafkaErrorCode(code)))
    }

    /// Takes over a returned error object and throws what it says.
    func check(_ error: OpaquePointer?, _ operation: KafkaOperation) throws(KafkaError) {
        guard let failure = KafkaFailure(consuming: error, operation) else { return }
        if failure.code == .fatal, let fatal = fatalFailure(operation) { throw .failed(fatal) }
        throw .failed(failure)
    }
}

extension KafkaFailure {
    /// Reads an `rd_kafka_error_t`, then destroys it; nil for none.
    init?(consuming error: OpaquePointer?, _ operation: KafkaOperation) {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        self.init(
            operation,
            code: KafkaErrorCode(rd_kafka_error_code(error)),
            detail: String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0
        )
    }
}
