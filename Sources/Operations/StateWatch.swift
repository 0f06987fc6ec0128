/// Lends the hub's state to whoever asks, and reads it no more often than is cheap.
///
/// A reading serves everybody for five seconds, or for twenty times as long as it took: however often somebody asks,
/// reading costs a connection a twentieth of its time at most.
package actor StateWatch<Store: HubStateStore> {
    /// A state and how old it is.
    package struct Reading: Sendable {
        package var state: HubState
        package var age: Duration
    }

    private let store: Store
    private let interval: Duration
    private let patience: Duration
    private var last: (state: HubState, at: ContinuousClock.Instant, next: ContinuousClock.Instant)?
    private var isReading = false

    /// - Parameters:
    ///   - store: Where the state is read.
    ///   - interval: How long a reading serves at least.
    ///   - patience: How long to wait for the database.
    package init(store: Store, interval: Duration = .seconds(5), patience: Duration = .seconds(4)) {
        self.store = store
        self.interval = interval
        self.patience = patience
    }

    /// The state as of now or the last reading.
    ///
    /// - Returns: Nil where the database did not answer in time.
    package func reading() async -> Reading? {
        if !isReading, last.map({ $0.next <= .now }) ?? true { await read() }
        return last.map { Reading(state: $0.state, age: ContinuousClock.now - $0.at) }
    }

    private func read() async {
        isReading = true
        defer { isReading = false }
        let start = ContinuousClock.now
        guard let state = await readInTime() else {
            // What was read before says nothing of a database that is away now.
            last = nil
            return
        }
        let end = ContinuousClock.now
        last = (state, end, end + max(interval, (end - start) * 20))
    }

    private func readInTime() async -> HubState? {
        await withTaskGroup(of: HubState?.self) { group in
            group.addTask { [store] in try? await store.hubState() }
            group.addTask { [patience] in
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
