package import Events
import Synchronization

/// A routing store that lets a test look at every slice, before and after the real one has had it.
package final class SliceProbe: RoutingStore {
    /// What to do with a slice; the closure routes it.
    package typealias Handler =
        @Sendable (EventSlice, @escaping @Sendable (EventSlice) async throws -> SliceOutcome) async throws
        -> SliceOutcome

    private let store: any RoutingStore
    private let handler: Handler
    private let committed = Mutex(0)

    /// Hands every slice to `handler`, or straight on.
    package init(_ store: any RoutingStore, _ handler: @escaping Handler = { slice, route in try await route(slice) }) {
        self.store = store
        self.handler = handler
    }

    /// How many slices were committed through this probe.
    package var committedCount: Int { committed.withLock(\.self) }

    /// Routes a slice by way of the handler.
    package func route(_ slice: EventSlice) async throws -> SliceOutcome {
        let store = store
        let outcome = try await handler(slice) { try await store.route($0) }
        if outcome == .committed { committed.withLock { $0 += 1 } }
        return outcome
    }
}
