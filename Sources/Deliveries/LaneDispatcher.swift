import Events
import Foundation
import Logging
import ServiceLifecycle
import Subscriptions
import Synchronization

/// Looks for lanes with work and lets each be served in a task of its own, within a limit.
struct LaneDispatcher<Store: LaneStore>: Sendable {
    let store: Store
    let channel: Subscription.Channel
    let includingIdle: Bool
    let configuration: CourierConfiguration
    let lease: Duration
    let owner: UUID
    let logger: Logger

    /// Runs until shutdown is asked for; lanes in hand are served to the end of their attempt.
    func run(_ serve: @escaping @Sendable (LaneClaim) async -> Void) async throws {
        let inFlight = Counter()
        try await withThrowingDiscardingTaskGroup { group in
            var idle = Backoff(first: .milliseconds(5), longest: configuration.idlePause)
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                let claims = await claim(room: configuration.inFlightLimit - inFlight.value)
                for claim in claims {
                    inFlight.add(1)
                    group.addTask {
                        await serve(claim)
                        inFlight.add(-1)
                    }
                }
                if claims.isEmpty {
                    let pause = idle.next()
                    try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
                } else {
                    idle.reset()
                }
            }
        }
    }

    private func claim(room: Int) async -> [LaneClaim] {
        guard room > 0 else { return [] }
        do {
            var timed: [LaneClaim] = []
            if !includingIdle {
                timed = try await store.claimTimedLanes(channel: channel, limit: room, owner: owner, lease: lease)
            }
            guard timed.count < room else { return timed }
            return try await timed
                + store.claimLanes(
                    channel: channel,
                    includingIdle: includingIdle,
                    limit: room - timed.count,
                    owner: owner,
                    lease: lease
                )
        } catch {
            if !(error is CancellationError) {
                logger.warning("lanes cannot be read, trying again", error: error)
            }
            return []
        }
    }
}

/// A number that tasks share.
private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add(_ difference: Int) { count.withLock { $0 += difference } }
}
