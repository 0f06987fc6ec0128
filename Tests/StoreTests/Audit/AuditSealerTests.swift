import Access
import Foundation
import HeraldTestKit
import Logging
import Synchronization
import Testing

/// What the sealer says while the database is away.
@Suite(.timeLimit(.minutes(1))) struct AuditSealerTests {
    @Test func anOutageIsWarnedOfOnceAndItsEndIsSaid() async throws {
        let store = FailingChain(failures: 20)
        let log = LogLines()
        let sealer = AuditSealer(
            store: store,
            pause: .milliseconds(1),
            retentionDays: 1,
            logger: Logger(label: "test") { _ in LogLines.Handler(log: log) }
        )
        try await running([sealer]) {
            try await eventually { store.calls > 25 }
        }
        let lines = log.lines.withLock(\.self)
        #expect(
            lines == ["warning audit records could not be sealed, trying again", "info audit records are sealed again"]
        )
    }
}

/// A chain that cannot be reached at first.
private final class FailingChain: AuditChainStore {
    struct Away: Error {}

    private let failures: Int
    private let count = Mutex(0)

    init(failures: Int) { self.failures = failures }

    var calls: Int { count.withLock(\.self) }

    func sealAudit(limit: Int) async throws -> Int {
        let call = count.withLock {
            $0 += 1
            return $0
        }
        if call <= failures { throw Away() }
        return 0
    }

    func verifyAudit(against mark: AuditMark?) async throws -> AuditVerification { AuditVerification() }

    func releaseAudit(before: Date, limit: Int) async throws -> Int { 0 }

    func sealedRows(from start: Date, until end: Date, _ body: (AuditLink) throws -> Void) async throws {}
}

/// What was logged: level and message.
private final class LogLines: Sendable {
    let lines = Mutex<[String]>([])

    struct Handler: LogHandler {
        let log: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append("\(event.level) \(event.message)") }
        }
    }
}
