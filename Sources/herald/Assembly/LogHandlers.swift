import Foundation
import Logging

/// Sets up logging for a command.
enum LogSetup {
    /// Log lines go to standard error, so that standard output is the command's own.
    static func logger(level: Logger.Level, format: HubConfiguration.LogFormat) -> Logger {
        LoggingSystem.bootstrap { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        var logger = Logger(label: "herald")
        logger.logLevel = level
        return logger
    }
}

/// One JSON object a line, for log collectors.
struct JSONLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.description)
        members["time"] = Date().formatted(.iso8601)
        members["level"] = event.level.rawValue
        members["message"] = event.message.description
        members["logger"] = label
        if let error = event.error { members["error"] = String(describing: error) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(members) else { return }
        line.append(UInt8(ascii: "\n"))
        FileHandle.standardError.write(line)
    }
}
