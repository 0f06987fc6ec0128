import CRdkafka
import Logging

/// Owns an `rd_kafka_conf_t` until a client is made of it.
struct ClientConfiguration: ~Copyable {
    private let pointer: OpaquePointer

    init(_ settings: ClientSettings) throws(KafkaError) {
        self.init()
        for (name, value) in settings.values {
            try set(name, to: value)
        }
    }

    /// A configuration without any setting.
    init() {
        pointer = rd_kafka_conf_new()
    }

    deinit {
        rd_kafka_conf_destroy(pointer)
    }

    private borrowing func set(_ name: String, to value: String) throws(KafkaError) {
        let (result, text) = withErrorText { buffer, size in rd_kafka_conf_set(pointer, name, value, buffer, size) }
        switch result {
        case RD_KAFKA_CONF_OK:
            return
        case RD_KAFKA_CONF_UNKNOWN:
            throw .unknownSetting(name)
        default:
            // librdkafka quotes the value.
            throw .invalidSetting(name, reason: ClientSettings.isSecret(name) ? "has no valid value" : text)
        }
    }

    /// Chooses what is handed out by the client's queues as events (`RD_KAFKA_EVENT_…`).
    borrowing func enable(events: Int32) {
        rd_kafka_conf_set_events(pointer, events)
    }

    /// Makes the client; its threads log to `logger`.
    consuming func makeClient(_ kind: rd_kafka_type_t, logger: Logger) throws(KafkaError) -> ClientHandle {
        let log = LogBridge(logger: logger)
        rd_kafka_conf_set_opaque(pointer, log.opaque)
        rd_kafka_conf_set_log_cb(pointer, LogBridge.callback)
        let (client, text) = withErrorText { buffer, size in rd_kafka_new(kind, pointer, buffer, size) }
        guard let client else {
            let code = KafkaErrorCode(rd_kafka_last_error())
            _ = consume self  // the configuration is still ours: frees it
            throw .failed(KafkaFailure(.createClient, code: code, detail: text))
        }
        discard self  // a successful rd_kafka_new owns it
        return ClientHandle(adopting: client, log: log)
    }
}

/// Lends a C function a buffer for its error text.
///
/// - Returns: What the function returned, and the text it left.
func withErrorText<R>(_ body: (UnsafeMutablePointer<CChar>, Int) -> R) -> (R, String) {
    let capacity = 512
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
        buffer.initialize(repeating: 0)
        guard let start = buffer.baseAddress else { preconditionFailure("a buffer of \(capacity) has an address") }
        let result = body(start, capacity)
        return (result, String(cString: start))
    }
}
