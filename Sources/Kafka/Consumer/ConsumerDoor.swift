import Synchronization

/// A consumer's queue, where others than its own thread may knock: to wake a waiting call, or to close.
final class ConsumerDoor: Sendable {
    private struct State {
        var queue: ClientQueue?
        var isClosing = false
    }

    private let state: Mutex<State>

    init(_ queue: ClientQueue) {
        state = Mutex(State(queue: queue))
    }

    var queue: ClientQueue? { state.withLock { $0.queue } }

    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Makes the call that is waiting, or the next, return early.
    func wake() {
        queue?.wake()
    }

    /// Lets no call wait any more.
    func close() {
        state.withLock { $0.isClosing = true }
        wake()
    }

    /// Frees the queue, which has to go before its consumer is closed.
    func release() {
        state.withLock { $0.queue = nil }
    }
}
