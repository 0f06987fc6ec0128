import Synchronization

/// A number that grows, shared between tasks.
final class Counter: Sendable {
    private let count = Mutex<Int64>(0)

    var value: Int64 { count.withLock { $0 } }

    /// - Returns: The new value.
    @discardableResult
    func add(_ difference: Int64) -> Int64 {
        count.withLock { value in
            value += difference
            return value
        }
    }
}
