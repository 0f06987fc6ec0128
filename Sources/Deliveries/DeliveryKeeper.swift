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

    /// Deletes delivered events that were routed longer ago, of some minutes at a time.
    ///
    /// The last event of each record stays, and its last number in each subscription: later changes of the record rest on
    /// them. So does whatever is not delivered.
    ///
    /// - Parameter age: How long they are kept.
    /// - Returns: Whether there may be more.
    /// - Throws: Errors of the store.
    func clearEvents(olderThan age: Duration) async throws -> Bool

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

    /// How long delivered events are kept: as far as `$preview` looks back, which is more than D-54 asks for.
    package static let eventRetention: Duration = .seconds(90 * 86_400)

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
                while !Task.isShuttingDownGracefully,
                    try await store.clearEvents(olderThan: Self.eventRetention)
                {}
            } catch {
                logger.warning("old deliveries cannot be cleared away, trying again later", error: error)
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}
