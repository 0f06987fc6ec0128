import Synchronization

/// Keeps the values of a metric's label few: the first ones are named, all others are `other`.
final class BoundedLabels: Sendable {
    private let limit: Int
    private let known = Mutex<Set<String>>([])

    /// - Parameter limit: How many are named.
    init(limit: Int) { self.limit = limit }

    /// The label for a value.
    func label(_ value: String) -> String {
        known.withLock { known in
            if known.contains(value) { return value }
            guard known.count < limit else { return "other" }
            known.insert(value)
            return value
        }
    }
}
