/// Growing pauses between tries: doubles from the first to the longest, and starts again after a success.
package struct Backoff: Sendable, Hashable {
    private let first: Duration
    private let longest: Duration
    private var current: Duration

    package init(first: Duration = .milliseconds(100), longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
        current = first
    }

    /// The pause before the next try.
    package mutating func next() -> Duration {
        defer { current = min(current * 2, longest) }
        return current
    }

    /// Starts again with the shortest pause.
    package mutating func reset() { current = first }
}
