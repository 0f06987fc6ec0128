package import Logging
import ServiceLifecycle

/// Where routing decisions are made durable; owned by the router, implemented on PostgreSQL.
package protocol RoutingStore: Sendable {
    /// Decides about a slice and writes matches, numbers and the log's position in one transaction (`delivery.md` §15).
    ///
    /// - Returns: ``SliceOutcome/fenced`` when another reader holds the source now; nothing is written then.
    func route(_ slice: EventSlice) async throws -> SliceOutcome
}

/// Reads the log and routes each slice exactly once.
///
/// Run several side by side for more throughput.
package struct Router<Log: EventLog, Store: RoutingStore>: Service {
    private let log: Log
    private let store: Store
    private let logger: Logger
    private let onRouted: @Sendable () -> Void

    /// - Parameters:
    ///   - log: Where events come from.
    ///   - store: Where decisions are kept.
    ///   - logger: Where troubles go.
    ///   - onRouted: Called after each commit: there may be something to deliver.
    package init(log: Log, store: Store, logger: Logger, onRouted: @escaping @Sendable () -> Void = {}) {
        self.log = log
        self.store = store
        self.logger = logger
        self.onRouted = onRouted
    }

    /// Runs until shutdown is asked for; the slice in hand is finished first.
    package func run() async throws {
        try await log.read { slice in
            var backoff = Backoff()
            while true {
                do {
                    let outcome = try await store.route(slice)
                    onRouted()
                    return outcome
                } catch let error as CancellationError {
                    throw error
                } catch {
                    // A database error must stop the log, never pass over an event (D-94).
                    logger.warning("slice not routed, trying again", error: error)
                    let pause = backoff.next()
                    try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
                    try Task.checkCancellation()
                    // Not done, and not to be done any more: the slice comes again at the next start.
                    if Task.isShuttingDownGracefully { return .fenced }
                }
            }
        }
    }
}
