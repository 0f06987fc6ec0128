package import Foundation
package import Logging

/// The shards this process may work on, and until when.
///
/// A lease is only trusted for two thirds of its time, measured on this machine's monotonic clock from before it was asked
/// for: a process that slept past its lease stops before another one could have started (D-84).
package struct ShardLeases<Store: OutboxStore>: Sendable {
    private let store: Store
    private let owner: UUID
    private let lease: Duration
    private let logger: Logger
    private var shards: [Shard] = []
    private var renewAt = ContinuousClock.now
    private var trustedUntil = ContinuousClock.now

    package init(store: Store, owner: UUID, lease: Duration = .seconds(15), logger: Logger) {
        self.store = store
        self.owner = owner
        self.lease = lease
        self.logger = logger
    }

    /// The shards held now; renews when a third of the lease is over.
    package mutating func held() async throws -> [Shard] {
        let now = ContinuousClock.now
        guard now >= renewAt else { return shards }
        let before = shards.count
        shards = try await store.renewShards(owner: owner, lease: lease)
        // Who has nothing looks more often: shards may come free at any moment.
        renewAt = now + (shards.isEmpty ? min(lease / 3, .milliseconds(500)) : lease / 3)
        trustedUntil = now + lease * 2 / 3
        if shards.count != before {
            logger.debug("shards shared out", metadata: ["herald.shards": "\(shards.count)"])
        }
        return shards
    }

    /// Renews while work on the shards is under way, without taking or giving back any.
    ///
    /// - Returns: Whether all are still held.
    package mutating func extend() async throws -> Bool {
        let now = ContinuousClock.now
        guard try await store.extendShards(owner: owner, lease: lease).count == shards.count else { return false }
        trustedUntil = now + lease * 2 / 3
        return true
    }

    /// How long to wait from one renewal to the next.
    package var renewalInterval: Duration { lease / 3 }

    /// Whether the lease can still be relied on.
    package var isTrusted: Bool { ContinuousClock.now < trustedUntil }

    /// Gives everything back.
    package mutating func release() async throws {
        shards = []
        renewAt = .now
        try await store.releaseShards(owner: owner)
    }
}
