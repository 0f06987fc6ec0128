import ArgumentParser
import Foundation
import Logging
import Messages
import Outbound
import ServiceLifecycle
import UnixSignals

/// `herald sink`: a sample subscriber.
struct SinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sink",
        abstract: "Run a sample subscriber: verifies notifications, de-duplicates them, and fetches what is missing.",
        discussion: """
            It does what every subscriber should do: check the signature before reading, answer 202 at once, pass over (subscription, \
            number) pairs that came before, and fetch numbers that were jumped over with $events. Its source, Sources/herald/Sink, \
            is meant to be read.

            Verify with the hub's published keys, or with the subscription's secret (POST /FHIR/R4/Subscription/ID/$secret):
              herald sink --jwks http://127.0.0.1:8480/.well-known/webhook-jwks.json
              herald sink --secret-file secret.txt
            Fetch what is missing, with a token of the subscription's client:
              herald token --client me --scope system/Subscription.rs > token.txt
              herald sink --jwks … --hub http://127.0.0.1:8480 --token-file token.txt
            """
    )

    @Option(help: "Port on 127.0.0.1; 0 takes a free one.") var port = 8499
    @Option(help: "The hub's key set, to verify with: HUB/.well-known/webhook-jwks.json") var jwks: String?
    @Option(help: "A file with the subscription's secret (whsec_…); during a rotation both, a line each.")
    var secretFile: String?
    @Option(help: "The hub's address, to fetch missing events from; needs --token-file.") var hub: String?
    @Option(help: "A file with an access token, read for each request.") var tokenFile: String?
    @Option(help: "Seconds that a gap may close by itself.") var gapWait = 60
    @Flag(help: "Print JSON, one object a notification.") var json = false

    /// A notification as it is printed: numbers and ids, nothing of the patient.
    struct Line: Encodable {
        let path, subscription, type: String
        let numbers: [Int64]
        let duplicates: Int
        let missing: [Int64]
        let backfilled: Int
    }

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535") }
        guard (0...3600).contains(gapWait) else { throw ValidationError("--gap-wait must be 0 to 3600 seconds") }
        guard (hub == nil) == (tokenFile == nil) else { throw ValidationError("--hub and --token-file go together") }
    }

    func run() async throws {
        guard port == 0 || FreePort.isFree(port) else {
            throw CommandFailure("port \(port) of 127.0.0.1 is in use; choose another with --port (0 takes a free one)")
        }
        var logger = Logger(label: "herald.sink")
        logger.logLevel = .warning
        let ledger = NotificationLedger()
        let recovery = recovery(ledger)
        let json = json
        var server = SinkServer(
            ledger: ledger,
            listen: ListenAddress(host: "127.0.0.1", port: port),
            logger: logger
        ) { path, notification, outcome in
            Self.report(path, notification.subscriptionID, notification.type.rawValue, outcome, json: json)
            if !outcome.missing.isEmpty { recovery?.noticed(gapIn: notification.subscriptionID) }
        }
        server.verification = try verification()
        server.onRefusal = { Console.complain("refused a message: \($0.rawValue)") }
        if server.verification == nil {
            Console.complain(
                "Signatures are not checked; give --jwks or --secret-file to check them (herald sink --help)"
            )
        }
        let service = server.service { port in Console.complain("Taking notifications at http://127.0.0.1:\(port)/") }
        let group = ServiceGroup(
            services: [service] + [recovery].compactMap { $0 as (any Service)? },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await group.run()
        Console.complain("\(ledger.received.count) events, \(ledger.duplicates) duplicates, \(ledger.gaps) jumped over")
    }

    private func verification() throws -> SinkVerification? {
        var secrets: [WebhookSecret] = []
        if let secretFile {
            secrets = try Self.text(secretFile).split(whereSeparator: \.isNewline).map { line in
                guard let secret = WebhookSecret(line.trimmingCharacters(in: .whitespaces)) else {
                    throw CommandFailure("--secret-file: each line must be a secret, whsec_…")
                }
                return secret
            }
        }
        return secrets.isEmpty && jwks == nil ? nil : SinkVerification(secrets: secrets, keySet: jwks)
    }

    private func recovery(_ ledger: NotificationLedger) -> SinkRecovery? {
        guard let hub, let tokenFile else { return nil }
        let json = json
        return SinkRecovery(
            ledger: ledger,
            base: (hub.hasSuffix("/") ? String(hub.dropLast()) : hub) + "/FHIR/R4",
            patience: .seconds(gapWait),
            token: { try Self.text(tokenFile).trimmingCharacters(in: .whitespacesAndNewlines) }
        ) { subscription, result in
            switch result {
            case .success(let outcome): Self.report("$events", subscription, "query-event", outcome, json: json)
            case .failure(let error): Console.complain("missing events cannot be fetched: \(error)")
            }
        }
    }

    private static func text(_ file: String) throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw CommandFailure("\(file) cannot be read")
        }
        return text
    }

    private static func report(
        _ path: String,
        _ subscription: String,
        _ type: String,
        _ outcome: NotificationLedger.Outcome,
        json: Bool
    ) {
        let line = Line(
            path: path,
            subscription: subscription,
            type: type,
            numbers: outcome.new.map(\.number),
            duplicates: outcome.duplicates,
            missing: outcome.missing,
            backfilled: outcome.backfilled
        )
        if json { return (try? Console.json(line)) ?? () }
        let numbers = outcome.new.map { "\($0.number) \($0.method) version \($0.version.map(String.init) ?? "-")" }
        Console.line("\(path)  \(line.type)  \(numbers.joined(separator: ", "))")
        if outcome.backfilled > 0 { Console.line("  back-fill: \(Console.count(outcome.backfilled, "record"))") }
        if outcome.duplicates > 0 { Console.line("  \(outcome.duplicates) seen before, passed over") }
        if !outcome.missing.isEmpty { Console.line("  missing before it: \(outcome.missing)") }
    }
}
