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

    /// Makes the client; its threads log to `logger` and take access tokens from `bearerToken`.
    consuming func makeClient(
        _ kind: rd_kafka_type_t,
        logger: Logger,
        bearerToken: KafkaConfiguration.BearerTokenSource? = nil
    ) throws(KafkaError) -> ClientHandle {
        let log = ClientBridge(logger: logger, bearerToken: bearerToken)
        if bearerToken != nil {
            rd_kafka_conf_set_oauthbearer_token_refresh_cb(pointer, ClientBridge.refreshToken)
            rd_kafka_conf_enable_sasl_queue(pointer, 1)
        }
        rd_kafka_conf_set_opaque(pointer, log.opaque)
        rd_kafka_conf_set_log_cb(pointer, ClientBridge.callback)
        let (client, text) = withErrorText { buffer, size in rd_kafka_new(kind, pointer, buffer, size) }
        guard let client else {
            let code = KafkaErrorCode(rd_kafka_last_error())
            _ = consume self  // the configuration is still ours: frees it
            throw .failed(KafkaFailure(.createClient, code: code, detail: text))
        }
        discard self  // a successful rd_kafka_new owns it
        let handle = ClientHandle(adopting: client, log: log)
        // Tokens are asked for by a thread of librdkafka's own, whether or not anybody polls.
        if bearerToken != nil { try handle.check(rd_kafka_sasl_background_callbacks_enable(client), .createClient) }
        return handle
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
