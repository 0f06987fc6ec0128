import Logging
import ServiceLifecycle

/// Holds the intake back while too much waits to be published or routed, or the database's disk fills up: feeds are taken
/// and kept, but not applied, until there is room again (`delivery.md` §17).
actor BacklogBrake<Store: FeedStore> {
    /// What there is too much of.
    private enum Excess: Sendable {
        case waiting, disk
    }

    private let store: Store
    private let waitingLimit: Int
    private let diskLimit: Double?
    private let interval: Duration
    private let metrics: FeedMetrics
    private let logger: Logger
    private var excess: Excess?
    /// Whether anything is known yet: who asks while the first look is under way must not pass.
    private var hasLooked = false
    private var nextLook = ContinuousClock.now

    /// - Parameters:
    ///   - store: Where the events wait.
    ///   - configuration: How much is too much, and how often to look.
    ///   - metrics: Where delays are counted.
    ///   - logger: Where they are told.
    init(store: Store, configuration: FeedWorkerConfiguration, metrics: FeedMetrics, logger: Logger) {
        self.store = store
        waitingLimit = configuration.waitingLimit
        diskLimit = configuration.diskLimit
        interval = configuration.brakeInterval
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
        guard ContinuousClock.now >= nextLook else { return excess != nil || !hasLooked }
        nextLook = .now + interval
        let found = try await look()
        hasLooked = true
        if found != excess {
            if excess == nil { metrics.delayed() }
            excess = found
            tell()
        }
        return excess != nil
    }

    private func look() async throws -> Excess? {
        if try await store.hasWaiting(moreThan: waitingLimit) { return .waiting }
        guard let diskLimit, let disk = try await store.diskUse() else { return nil }
        return disk.share > diskLimit ? .disk : nil
    }

    private func tell() {
        switch excess {
        case .waiting:
            logger.warning(
                "too many events wait to be published: feeds are kept and not processed; herald doctor says more",
                metadata: ["herald.outbox.limit": "\(waitingLimit)"]
            )
        case .disk:
            logger.error(
                "the database's disk fills up: feeds are kept and not processed until there is room",
                metadata: ["herald.disk.limit": "\(Int((diskLimit ?? 1) * 100)) %"]
            )
        case nil: logger.info("feeds are processed again")
        }
    }
}
