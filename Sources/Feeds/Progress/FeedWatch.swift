import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// Tells any number of watchers how feeds get on, with one look at each feed a second however many watch it.
package final class FeedWatch<Store: FeedStore>: Service {
    /// What a watcher hears.
    package enum Event: Sendable {
        case progress(FeedProgress)
        /// Nothing has changed for a while; the connection is still wanted.
        case heartbeat
    }

    private struct Watched {
        var meter = ProgressMeter()
        var last: FeedSummary?
        var quietTurns = 0
        var watchers: [UUID: AsyncStream<Event>.Continuation] = [:]
    }

    private struct State {
        var isOpen = true
        var feeds: [FeedID: Watched] = [:]
    }

    private let store: Store
    private let pause: Duration
    private let heartbeatTurns: Int
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - store: Where the feeds are.
    ///   - pause: Between two looks.
    ///   - heartbeatTurns: After so many looks without a change watchers get a heartbeat.
    ///   - logger: Where looks that fail are told.
    package init(store: Store, pause: Duration = .seconds(1), heartbeatTurns: Int = 15, logger: Logger) {
        self.store = store
        self.pause = pause
        self.heartbeatTurns = heartbeatTurns
        self.logger = logger
    }

    /// What happens to a feed from now on; ends with its final state, or when the process stops.
    ///
    /// A watcher that is slow misses what is between, never the last state.
    package func events(of id: FeedID) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(1))
        let watcher = UUID()
        continuation.onTermination = { [weak self] _ in self?.remove(watcher, from: id) }
        let isOpen = state.withLock { state in
            if state.isOpen { state.feeds[id, default: Watched()].watchers[watcher] = continuation }
            return state.isOpen
        }
        if !isOpen { continuation.finish() }
        return stream
    }

    /// Looks at the watched feeds until shutdown is asked for; then every watcher's stream ends.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await look()
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: self.pause) }
        }
        let watchers = state.withLock { state in
            defer { state = State(isOpen: false) }
            return state.feeds.values.flatMap(\.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    private func look() async {
        let ids = state.withLock { Array($0.feeds.keys) }
        for id in ids {
            do {
                guard let feed = try await store.summary(of: id) else { continue }
                tell(feed)
            } catch {
                // Watchers wait: the next look may succeed, and they may go when they like.
                logger.debug("feed cannot be watched just now", error: error)
            }
        }
    }

    private func tell(_ feed: FeedSummary) {
        let (watchers, event) = state.withLock { state -> ([AsyncStream<Event>.Continuation], Event?) in
            guard var watched = state.feeds[feed.id] else { return ([], nil) }
            let progress = watched.meter.progress(feed, now: Date())
            var event: Event? = .progress(progress)
            if watched.last == feed {
                watched.quietTurns += 1
                event = watched.quietTurns % heartbeatTurns == 0 ? .heartbeat : nil
            } else {
                watched.quietTurns = 0
            }
            watched.last = feed
            let watchers = Array(watched.watchers.values)
            state.feeds[feed.id] = feed.status.isFinal ? nil : watched
            return (watchers, feed.status.isFinal ? .progress(progress) : event)
        }
        for watcher in watchers {
            if let event { watcher.yield(event) }
            if feed.status.isFinal { watcher.finish() }
        }
    }

    private func remove(_ watcher: UUID, from id: FeedID) {
        state.withLock { state in
            state.feeds[id]?.watchers[watcher] = nil
            if state.feeds[id]?.watchers.isEmpty == true { state.feeds[id] = nil }
        }
    }
}
