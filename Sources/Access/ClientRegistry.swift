import Synchronization

/// Registered clients and their permissions, remembered for a moment so that a request costs no look-up of its own.
package final class ClientRegistry: Sendable {
    private struct Entry {
        let registration: ClientRegistration?
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

    /// Forgets everything, so that the next look-ups see what is registered now.
    func forget() { entries.withLock { $0.removeAll() } }

    /// A client; nil where none is registered.
    ///
    /// - Throws: What the store throws: who cannot be looked up is not let in.
    package func client(_ id: ClientID) async throws -> RegisteredClient? {
        try await registration(of: id)?.client
    }

    /// A client with what its suppliers may do; nil where none is registered.
    ///
    /// - Throws: What the store throws: who cannot be looked up is not let in.
    package func registration(of id: ClientID) async throws -> ClientRegistration? {
        let asked = now()
        if let entry = entries.withLock({ $0[id] }), asked - entry.readAt < Self.maximumAge {
            return entry.registration
        }
        let registration = try await store.registration(of: id)
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
            entries[id] = Entry(registration: registration, readAt: asked)
        }
        return registration
    }
}
