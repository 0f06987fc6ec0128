import Synchronization

/// Bytes of notifications in hand at most: who wants more waits, in order (`delivery.md` §17).
final class ByteBudget: Sendable {
    private struct Waiter {
        let bytes: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var used = 0
        var waiters: [Waiter] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Runs the body with bytes set aside; those that fit in no budget get all of it.
    func with<Result>(_ bytes: Int, _ body: () async throws -> Result) async rethrows -> Result {
        let bytes = min(bytes, limit)
        await withCheckedContinuation { continuation in
            let fits = state.withLock { state in
                guard state.waiters.isEmpty, state.used + bytes <= limit else {
                    state.waiters.append(Waiter(bytes: bytes, continuation: continuation))
                    return false
                }
                state.used += bytes
                return true
            }
            if fits { continuation.resume() }
        }
        defer { giveBack(bytes) }
        return try await body()
    }

    private func giveBack(_ bytes: Int) {
        let admitted = state.withLock { state in
            state.used -= bytes
            var admitted: [Waiter] = []
            while let first = state.waiters.first, state.used + first.bytes <= limit {
                state.used += first.bytes
                admitted.append(state.waiters.removeFirst())
            }
            return admitted
        }
        for waiter in admitted { waiter.continuation.resume() }
    }
}
