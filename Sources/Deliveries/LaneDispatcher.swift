import Events
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// Looks for lanes with work and lets each be served in a task of its own, within a limit.
struct LaneDispatcher: Sendable {
    /// Lanes in hand at most.
    let limit: Int
    /// The longest pause between two looks.
    let idlePause: Duration
    /// Rung when there is room or work; nothing but time is lost where it is not.
    let bell: Bell
    let logger: Logger

    /// Runs until shutdown is asked for; lanes in hand are served to the end of their attempt.
    ///
    /// - Parameters:
    ///   - claim: Takes lanes, so many at most.
    ///   - serve: Does what a lane has to do and gives it back.
    /// - Throws: Nothing of its own; what `claim` throws is logged, and tried again.
    func run(
        claim: @Sendable (Int) async throws -> [LaneClaim],
        serve: @escaping @Sendable (LaneClaim) async -> Void
    ) async throws {
        let inHand = Counter()
        try await withThrowingDiscardingTaskGroup { group in
            var idle = Backoff(first: .milliseconds(5), longest: idlePause)
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                let room = limit - inHand.value
                let claims = room > 0 ? await attempt { try await claim(room) } : []
                for lane in claims {
                    inHand.add(1)
                    group.addTask {
                        await serve(lane)
                        inHand.add(-1)
                        // There is room again, perhaps for an origin that had none.
                        bell.ring()
                    }
                }
                if claims.isEmpty {
                    let pause = idle.next()
                    await withGracefulShutdownHandler {
                        await bell.wait(atMost: pause)
                    } onGracefulShutdown: {
                        bell.ring()
                    }
                } else {
                    idle.reset()
                }
            }
        }
    }

    private func attempt(_ claim: () async throws -> [LaneClaim]) async -> [LaneClaim] {
        do {
            return try await claim()
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
