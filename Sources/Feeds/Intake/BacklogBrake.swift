import Logging
import ServiceLifecycle

/// Holds the intake back while too much waits to be published or routed: feeds are taken and kept, but not applied, until
/// there is room again (`delivery.md` §17).
actor BacklogBrake<Store: FeedStore> {
    private let store: Store
    private let limit: Int
    private let interval: Duration
    private let metrics: FeedMetrics
    private let logger: Logger
    private var isHolding = false
    private var nextLook = ContinuousClock.now

    /// - Parameters:
    ///   - store: Where the events wait.
    ///   - limit: How many may.
    ///   - interval: How often to look.
    ///   - metrics: Where delays are counted.
    ///   - logger: Where they are told.
    init(store: Store, limit: Int, interval: Duration, metrics: FeedMetrics, logger: Logger) {
        self.store = store
        self.limit = limit
        self.interval = interval
        self.metrics = metrics
        self.logger = logger
    }

    /// Returns when there is room, or when shutdown is asked for.
    ///
    /// - Throws: What the store says, and `CancellationError`.
    func waitForRoom() async throws {
        while try await isFull(), !Task.isShuttingDownGracefully {
            let interval = interval
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            try Task.checkCancellation()
        }
    }

    /// Looks once an interval, however many ask.
    private func isFull() async throws -> Bool {
        guard ContinuousClock.now >= nextLook else { return isHolding }
        nextLook = .now + interval
        let isFull = try await store.hasWaiting(moreThan: limit)
        if isFull != isHolding {
            isHolding = isFull
            if isFull {
                metrics.delayed()
                logger.warning(
                    "too many events wait to be published: feeds are kept and not processed; herald doctor says more",
                    metadata: ["herald.outbox.limit": "\(limit)"]
                )
            } else {
                logger.info("feeds are processed again")
            }
        }
        return isHolding
    }
}
