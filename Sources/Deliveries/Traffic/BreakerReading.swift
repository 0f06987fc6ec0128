import Logging
import Synchronization

/// Keeps a process's breakers in step with what operators want and other processes have found.
final class BreakerReading<Store: BreakerStore>: Sendable {
    private let store: Store
    private let traffic: DeliveryTraffic
    private let interval: Duration
    private let readAt = Mutex<ContinuousClock.Instant?>(nil)

    init(store: Store, traffic: DeliveryTraffic, interval: Duration) {
        self.store = store
        self.traffic = traffic
        self.interval = interval
    }

    /// Reads them when the interval is over; at the start, what was found before.
    ///
    /// - Returns: Whether they were read.
    @discardableResult
    func readWhenDue() async throws -> Bool {
        let now = ContinuousClock.now
        if let last = readAt.withLock(\.self), now - last < interval { return false }
        traffic.adopt(try await store.breakers())
        readAt.withLock { $0 = now }
        return true
    }

    /// Tells everybody that a breaker has changed.
    func tell(_ change: BreakerChange?, _ logger: Logger) async {
        guard let change else { return }
        switch change.state {
        case .open: logger.warning("origin is away, its lanes wait", metadata: ["herald.origin": "\(change.origin)"])
        case .halfOpen: logger.info("origin answers again", metadata: ["herald.origin": "\(change.origin)"])
        case .closed: logger.info("origin is back", metadata: ["herald.origin": "\(change.origin)"])
        }
        do {
            try await store.note(change)
        } catch {
            // This process knows; others find out for themselves.
            logger.warning("breaker not noted", error: error, metadata: ["herald.origin": "\(change.origin)"])
        }
    }
}
