import Synchronization

/// Wakes the one task that waits, or the next time it would.
package final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
        /// Which wait the waiter belongs to, so that a time-out ends no later one.
        var wait = 0
        var isOver = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Ends the wait in hand, or the next one at once.
    package func ring() {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isRung = state.waiter == nil
            return state.waiter.take()
        }?.resume()
    }

    /// Waits for the bell, at most so long; cancellation ends it too.
    func wait(atMost time: Duration) async {
        let wait = state.withLock { state in
            state.wait += 1
            state.isOver = false
            return state.wait
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await Task.sleep(for: time)
                self.end(wait)
            }
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isRung || state.isOver { return true }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
            state.withLock { $0.isRung = false }
            group.cancelAll()
        }
    }

    private func end(_ wait: Int) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.wait == wait else { return nil }
            state.isOver = true
            return state.waiter.take()
        }?.resume()
    }
}
