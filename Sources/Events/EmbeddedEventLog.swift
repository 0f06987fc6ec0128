package import Foundation
package import Logging
import ServiceLifecycle

/// The event log without a broker: the outbox is read in place, and a slice's rows are deleted by the routing transaction.
package struct EmbeddedEventLog<Store: OutboxStore>: EventLog {
    private let store: Store
    private let sliceLimit: Int
    private let owner: UUID
    private let lease: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - store: Where the changes wait.
    ///   - sliceLimit: Events in one routing transaction at most.
    ///   - owner: Names this reader in the shard leases; unique per process.
    ///   - lease: How long this reader may be silent before another takes its shards.
    ///   - logger: Where troubles go.
    package init(
        store: Store,
        sliceLimit: Int = 500,
        owner: UUID,
        lease: Duration = .seconds(15),
        logger: Logger
    ) {
        self.store = store
        self.sliceLimit = sliceLimit
        self.owner = owner
        self.lease = lease
        self.logger = logger
    }

    package func read(_ handle: @Sendable (EventSlice) async throws -> SliceOutcome) async throws {
        var leases = ShardLeases(store: store, owner: owner, lease: lease, logger: logger)
        var idle = Backoff(first: .milliseconds(2), longest: .milliseconds(100))
        var failing = Backoff()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let waiting = try await store.waitingEvents(in: leases.held(), limit: sliceLimit)
                failing.reset()
                guard !waiting.isEmpty else {
                    await Self.pause(idle.next())
                    continue
                }
                idle.reset()
                let slice = EventSlice(events: waiting.map(\.event), position: .outbox(ids: waiting.map(\.outboxID)))
                if try await handle(slice) == .fenced {
                    // Another holder took rows of ours; look again at who holds what, after it had time to finish.
                    await Self.pause(.milliseconds(50))
                }
            } catch {
                // A driver may report cancellation in its own words.
                try Task.checkCancellation()
                logger.warning("outbox cannot be read, trying again", error: error)
                await Self.pause(failing.next())
            }
        }
        try Task.checkCancellation()
        try await leases.release()
    }

    private static func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
    }
}
