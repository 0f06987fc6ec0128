import Synchronization

/// Registered clients, remembered for a moment so that a request costs no look-up of its own.
package final class ClientRegistry: Sendable {
    private struct Entry {
        let client: RegisteredClient?
        let readAt: ContinuousClock.Instant
    }

    /// How long a change may stay unnoticed.
    package static let maximumAge: Duration = .seconds(1)
    private static let capacity = 10_000

    private let store: any ClientStore
    private let now: @Sendable () -> ContinuousClock.Instant
    private let entries = Mutex<[ClientID: Entry]>([:])

    package init(
        store: any ClientStore,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.store = store
        self.now = now
    }

    /// The registration of a client; nil where there is none.
    ///
    /// - Throws: What the store throws: who cannot be looked up is not let in.
    package func client(_ id: ClientID) async throws -> RegisteredClient? {
        let asked = now()
        if let entry = entries.withLock({ $0[id] }), asked - entry.readAt < Self.maximumAge { return entry.client }
        let client = try await store.client(id)
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
            entries[id] = Entry(client: client, readAt: asked)
        }
        return client
    }
}
