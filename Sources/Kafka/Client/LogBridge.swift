import CRdkafka
import Logging

/// Hands what librdkafka's threads log to a `Logger`; without it they write to standard error.
final class LogBridge: Sendable {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
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
            Unmanaged<LogBridge>.fromOpaque(opaque).takeUnretainedValue().log(level, facility, line)
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
