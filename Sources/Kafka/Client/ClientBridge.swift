import CRdkafka
import Logging

/// What librdkafka's threads call back: hands what they log to a `Logger` (without it they write to standard error), and
/// gives them access tokens.
final class ClientBridge: Sendable {
    private let logger: Logger
    private let bearerToken: KafkaConfiguration.BearerTokenSource?

    init(logger: Logger, bearerToken: KafkaConfiguration.BearerTokenSource? = nil) {
        self.logger = logger
        self.bearerToken = bearerToken
    }

    /// What a client's configuration carries; the bridge has to outlive the client.
    var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let callback: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void =
        {
            client,
            level,
            facility,
            line in
            // Without a client there is nobody to tell: a few lines come before it exists.
            guard let client, let opaque = rd_kafka_opaque(client), let facility, let line else { return }
            Unmanaged<ClientBridge>.fromOpaque(opaque).takeUnretainedValue().log(level, facility, line)
        }

    /// Called before the first connection and again before a token ends.
    static let refreshToken: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void =
        { client, _, opaque in
            guard let client, let opaque else { return }
            Unmanaged<ClientBridge>.fromOpaque(opaque).takeUnretainedValue().refreshToken(of: client)
        }

    private func refreshToken(of client: OpaquePointer) {
        var problem = "no access token: the file is missing, or holds no JWT with an expiry"
        if let token = bearerToken?() {
            let (code, text) = withErrorText { buffer, size in
                rd_kafka_oauthbearer_set_token(client, token.value, token.expiry, token.principal, nil, 0, buffer, size)
            }
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
            problem = "the access token is not accepted: \(text)"  // names what is wrong, not the token
        }
        // librdkafka tries again every ten seconds.
        rd_kafka_oauthbearer_set_token_failure(client, problem)
        logger.warning("no access token for Kafka", metadata: [LogKey.line: "\(problem)"])
    }

    private func log(_ level: Int32, _ facility: UnsafePointer<CChar>, _ line: UnsafePointer<CChar>) {
        logger.log(
            level: Self.level(ofSyslog: level),
            "librdkafka",
            metadata: [
                LogKey.facility: "\(String(cString: facility))",
                LogKey.line: "\(String(cString: line))",
            ]
        )
    }

    /// Broken connections and the like cannot be thrown, because librdkafka mends them by itself: they are warnings.
    ///
    /// Everything below syslog's `error` is `debug`, as it is for a driver.
    static func level(ofSyslog level: Int32) -> Logger.Level {
        switch level {
        case ...3: .warning
        case 4...6: .debug
        default: .trace
        }
    }
}

/// The log metadata keys of the driver.
enum LogKey {
    static let facility = "kafka.facility"
    static let line = "kafka.line"
    static let partition = "kafka.partition"
    static let event = "kafka.event"
}
