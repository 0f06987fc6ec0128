import Foundation
import Synchronization

/// A load that is being sent, and what the hub has said it accepted.
package final class FaultLoad: Sendable {
    private struct State {
        var load: FeedLoad
        var sent: [FeedLoad.Feed] = []
        var isOver = false
        var pending: FeedLoad.Feed?
    }

    private let state: Mutex<State>
    private let sender: FeedSender
    private let world: FaultWorld

    /// A load for this world, none of it sent.
    package init(_ world: FaultWorld, seed: UInt64) {
        state = Mutex(State(load: FeedLoad(seed: seed)))
        sender = FeedSender(world: world)
        self.world = world
    }

    /// Feeds that were accepted.
    package var sent: [FeedLoad.Feed] { state.withLock(\.sent) }

    /// Rows in them, refused ones included.
    package var rowCount: Int { sent.reduce(0) { $0 + $1.accepted + $1.rejected } }

    /// What records must be when all of it is applied.
    package var load: FeedLoad { state.withLock(\.load) }

    /// Sends a number of feeds in every lane, lanes side by side.
    ///
    /// - Parameters:
    ///   - feeds: How many in each lane.
    ///   - rows: How many rows in each.
    ///   - pause: After each.
    ///   - backlog: How many feeds may wait before the next one is held back, as a site that looks at its queue would.
    /// - Throws: ``FaultError`` when a feed is not taken in time.
    package func send(feeds: Int, rows: Int, pause: Duration = .zero, backlog: Int = .max) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in FeedLoad.lanes.indices {
                group.addTask {
                    var left = feeds
                    while left > 0, !self.state.withLock(\.isOver) {
                        left -= 1
                        try await self.sendNext(lane: lane, rows: rows)
                        repeat {
                            if pause > .zero { try await Task.sleep(for: pause) }
                        } while await self.waiting(above: backlog)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Sends feeds beside `body` until that is done.
    ///
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws, and ``FaultError`` when a feed is not taken in time.
    package func flowing<Value: Sendable>(
        rows: Int,
        pause: Duration = .milliseconds(300),
        backlog: Int = .max,
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        async let feeding: Void = send(feeds: .max, rows: rows, pause: pause, backlog: backlog)
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        state.withLock { $0.isOver = true }
        try await feeding
        state.withLock { $0.isOver = false }
        return try result.get()
    }

    /// Whether more feeds wait than may; while the database is away nobody knows.
    private func waiting(above backlog: Int) async -> Bool {
        guard backlog < .max, !state.withLock(\.isOver) else { return false }
        let query = "SELECT count(*) FROM feed WHERE status IN ('Queued', 'Processing')"
        return ((try? await world.pool.count(query)) ?? 0) > backlog
    }

    private func sendNext(lane: Int, rows: Int) async throws {
        // The rows of a lane build on each other: a feed that is still to be accepted by itself goes before the next one.
        func next() -> FeedLoad.Feed? {
            state.withLock { state in
                if lane == Self.laneOfAttempts, state.pending != nil { return nil }
                return state.load.next(lane: lane, rows: rows)
            }
        }
        var made = next()
        while made == nil, !state.withLock(\.isOver) {
            try await Task.sleep(for: .milliseconds(20))
            made = next()
        }
        guard let feed = made else { return }
        try await sender.send(feed)
        state.withLock { $0.sent.append(feed) }
    }

    private static let laneOfAttempts = 0

    /// One feed, tried once at one process; one that was not accepted is what the next call tries again.
    package func attempt(
        rows: Int,
        at hub: FaultProcess,
        within limit: Duration = .seconds(20)
    ) async throws -> FeedSender.Answer {
        let feed = state.withLock { state in
            let feed = state.pending ?? state.load.next(lane: Self.laneOfAttempts, rows: rows)
            state.pending = feed
            return feed
        }
        let answer = try await sender.attempt(feed, at: hub, within: limit)
        guard answer == .accepted else { return answer }
        state.withLock { state in
            state.sent.append(feed)
            state.pending = nil
        }
        return answer
    }
}
