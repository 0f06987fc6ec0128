import Synchronization

/// Counts calls.
final class PageCounter: Sendable {
    private let count = Atomic(0)

    /// The number of the call, from 0.
    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}
