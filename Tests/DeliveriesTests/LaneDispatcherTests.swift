import HeraldTestKit
import Synchronization
import Testing

@testable import Deliveries

@Suite(.timeLimit(.minutes(1))) struct LaneDispatcherTests {
    /// Without the bell the pauses double: thirty of them take weeks.
    @Test func eachRingOfTheBellIsALookForWork() async throws {
        let looks = Looks()
        let bell = Bell()
        let dispatcher = LaneDispatcher(limit: 1, idlePause: .seconds(1 << 30), bell: bell, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await dispatcher.run { _ in
                    looks.count.withLock { $0 += 1 }
                    return []
                } serve: { _ in
                }
            }
            for _ in 0..<30 {
                let seen = looks.count.withLock(\.self)
                bell.ring()
                try await eventually("another look") { looks.count.withLock(\.self) > seen }
            }
            tasks.cancelAll()
        }
    }
}

private final class Looks: Sendable {
    let count = Mutex(0)
}
