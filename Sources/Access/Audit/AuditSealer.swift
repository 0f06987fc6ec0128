package import Foundation
package import Logging
import ServiceLifecycle

/// Chains records shortly after they were committed, and lets go of those that are kept no longer.
///
/// Writers never wait for the chain: they commit records side by side, and one sealer numbers them afterwards. Between its
/// commit and its seal, a second or so, a record is durable and append-only but not yet chained: whoever may change the
/// database past its triggers could change or remove it unseen then, and not later.
package struct AuditSealer: Service {
    private static let batch = 1000

    private let store: any AuditChainStore
    private let pause: Duration
    private let retention: TimeInterval
    private let logger: Logger
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - store: The trail.
    ///   - pause: How long to wait when nothing was left to seal.
    ///   - retentionDays: How many days a record is kept at least.
    ///   - logger: Where failures go.
    ///   - now: The clock.
    package init(
        store: any AuditChainStore,
        pause: Duration = .seconds(1),
        retentionDays: Int,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.pause = pause
        retention = TimeInterval(retentionDays) * 86_400
        self.logger = logger
        self.now = now
    }

    /// Runs until shutdown is asked for; what came until then is sealed first.
    package func run() async throws {
        var releasedOn: Int?
        var isFailing = false
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await sealAll()
                let day = Int(now().timeIntervalSince1970 / 86_400)
                if releasedOn != day {
                    try await release()
                    releasedOn = day
                }
                if isFailing { logger.info("audit records are sealed again") }
                isFailing = false
            } catch {
                guard !Task.isCancelled else { return }
                // Once an outage, not once a second.
                if !isFailing { logger.warning("audit records could not be sealed, trying again", error: error) }
                isFailing = true
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        try? await sealAll()
    }

    private func sealAll() async throws {
        while try await store.sealAudit(limit: Self.batch) > 0 {}
    }

    /// Whole days only: what came on the oldest day that is kept stays to its last record.
    private func release() async throws {
        let keptFrom = ((now().timeIntervalSince1970 - retention) / 86_400).rounded(.down) * 86_400
        var released = 0
        while true {
            let count = try await store.releaseAudit(before: Date(timeIntervalSince1970: keptFrom), limit: Self.batch)
            guard count > 0 else { break }
            released += count
        }
        if released > 0 {
            logger.info("audit records kept no longer", metadata: ["herald.audit.records": "\(released)"])
        }
    }
}
