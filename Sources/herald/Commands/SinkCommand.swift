import ArgumentParser
import Foundation
import Logging
import Messages
import ServiceLifecycle
import UnixSignals

/// `herald sink`: a sample subscriber.
struct SinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sink",
        abstract: "Run a sample subscriber: takes notifications, de-duplicates them, and points out gaps.",
        discussion:
            "Try it: herald subscriptions create --endpoint http://127.0.0.1:8499/ (with HERALD_DEVELOPMENT=true)"
    )

    @Option(help: "Port on 127.0.0.1; 0 takes a free one.") var port = 8499
    @Flag(help: "Print JSON, one object a notification.") var json = false

    /// A notification as it is printed: numbers and ids, nothing of the patient.
    struct Line: Encodable {
        let path, subscription, type: String
        let numbers: [Int64]
        let duplicates: Int
        let missing: [Int64]
    }

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535") }
    }

    func run() async throws {
        guard port == 0 || FreePort.isFree(port) else {
            throw CommandFailure("port \(port) of 127.0.0.1 is in use; choose another with --port (0 takes a free one)")
        }
        var logger = Logger(label: "herald.sink")
        logger.logLevel = .warning
        let server = SinkServer(
            ledger: NotificationLedger(),
            listen: ListenAddress(host: "127.0.0.1", port: port),
            logger: logger
        ) { path, notification, outcome in
            let line = Line(
                path: path,
                subscription: notification.subscriptionID,
                type: notification.type.rawValue,
                numbers: outcome.new.map(\.number),
                duplicates: outcome.duplicates,
                missing: outcome.missing
            )
            if json { return (try? Console.json(line)) ?? () }
            let numbers = outcome.new.map { "\($0.number) \($0.method) version \($0.version.map(String.init) ?? "-")" }
            Console.line("\(path)  \(line.type)  \(numbers.joined(separator: ", "))")
            if outcome.duplicates > 0 { Console.line("  \(outcome.duplicates) seen before, passed over") }
            if !outcome.missing.isEmpty { Console.line("  missing before it: \(outcome.missing)") }
        }
        let service = server.service { port in Console.complain("Taking notifications at http://127.0.0.1:\(port)/") }
        let group = ServiceGroup(
            services: [service],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await group.run()
    }
}
