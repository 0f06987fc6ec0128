package import Logging
import ServiceLifecycle

/// Where old lines of deliveries are cleared away; implemented on PostgreSQL.
package protocol DeliveryKeeping: Sendable {
    /// Deletes attempts, dead letters and finished jobs that are older than a time, some thousands at most.
    ///
    /// - Parameter age: How long they are kept.
    /// - Returns: How many were deleted; 0 when nothing is left to delete.
    /// - Throws: Errors of the store.
    func clearDeliveries(olderThan age: Duration) async throws -> Int

    /// Switches off what has been parked for 30 days (`fhir-subscriptions.md` §5); events are recorded for 14 more.
    ///
    /// - Returns: How many subscriptions.
    /// - Throws: Errors of the store.
    func switchOffAbandoned() async throws -> Int
}

/// Clears the delivery log away when it is 30 days old (D-54), a part at a time, and gives up what nobody resumed.
package struct DeliveryKeeper: Service {
    /// How long attempts and dead letters are kept (D-54).
    package static let retention: Duration = .seconds(30 * 86_400)

    private let store: any DeliveryKeeping
    private let pause: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - store: What is kept clear.
    ///   - pause: Between two looks.
    ///   - logger: Says what was done.
    package init(store: any DeliveryKeeping, pause: Duration = .seconds(600), logger: Logger) {
        self.store = store
        self.pause = pause
        self.logger = logger
    }

    /// Runs until shutdown is asked for.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let abandoned = try await store.switchOffAbandoned()
                if abandoned > 0 {
                    logger.warning(
                        "subscriptions were parked for 30 days and are off now",
                        metadata: ["herald.subscriptions": "\(abandoned)"]
                    )
                }
                while !Task.isShuttingDownGracefully,
                    try await store.clearDeliveries(olderThan: Self.retention) > 0
                {}
            } catch {
                logger.warning("old deliveries cannot be cleared away, trying again later", error: error)
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}
