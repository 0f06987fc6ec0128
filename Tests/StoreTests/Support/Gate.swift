import Synchronization

/// Holds those who come until it is opened.
final class Gate: Sendable {
    private let (stream, continuation) = AsyncStream<Never>.makeStream()
    private let waiting = Mutex(0)

    var waitingCount: Int { waiting.withLock(\.self) }

    func pass() async {
        waiting.withLock { $0 += 1 }
        for await _ in stream {}
    }

    func open() { continuation.finish() }
}
