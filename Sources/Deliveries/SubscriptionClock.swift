package import Logging
import ServiceLifecycle

/// Where what time does to subscriptions is written; implemented on PostgreSQL.
package protocol SubscriptionClockStore: Sendable {
    /// Switches off what has reached its end, and stops recording for what the server switched off 14 days ago
    /// (`fhir-subscriptions.md` §5).
    ///
    /// - Returns: How many subscriptions changed.
    func switchOffEnded() async throws -> Int
}

/// Switches subscriptions off at their end, whether or not anything happens to them.
///
/// Nothing is sent after the end even where this comes late: whoever reads a subscription reads the clock too. This makes
/// routers stop numbering.
package struct SubscriptionClock: Service {
    private let store: any SubscriptionClockStore
    private let pause: Duration
    private let logger: Logger

    package init(store: any SubscriptionClockStore, pause: Duration = .seconds(5), logger: Logger) {
        self.store = store
        self.pause = pause
        self.logger = logger
    }

    /// Runs until shutdown is asked for.
    package func run() async throws {
        while !Task.isShuttingDownGracefully {
            do {
                let count = try await store.switchOffEnded()
                if count > 0 { logger.info("subscriptions ended", metadata: ["herald.subscriptions": "\(count)"]) }
            } catch {
                logger.warning("subscriptions' ends cannot be looked at", error: error)
            }
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
            } catch {
                return
            }
        }
    }
}
