package import Access

/// Token buckets, one for each key.
///
/// A bucket is one moment: when it will be full again. So a bucket that is full is one that is not there, and memory holds
/// only those that were asked a moment ago.
package struct TokenBuckets<Key: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var fullAt: [Key: ContinuousClock.Instant] = [:]

    /// - Parameter capacity: Buckets kept at most.
    package init(capacity: Int = 100_000) { self.capacity = capacity }

    /// How many are not full, or were not a moment ago.
    package var count: Int { fullAt.count }

    /// How long until the key's bucket holds a token; nil where it holds one.
    package func wait(_ key: Key, _ limit: RateLimit, now: ContinuousClock.Instant) -> Duration? {
        guard let full = fullAt[key], full > now else { return nil }
        let token = Duration.seconds(1) / limit.perSecond
        let wait = (full - now) + token - token * limit.burst
        return wait > .zero ? wait : nil
    }

    /// Takes a token, which must be there.
    package mutating func take(_ key: Key, _ limit: RateLimit, now: ContinuousClock.Instant) {
        if fullAt.count >= capacity, fullAt[key] == nil { makeRoom(now) }
        fullAt[key] = max(fullAt[key] ?? now, now) + Duration.seconds(1) / limit.perSecond
    }

    private mutating func makeRoom(_ now: ContinuousClock.Instant) {
        fullAt = fullAt.filter { $0.value > now }
        // More keys at once than there is room for: all begin with a full bucket again, and the limit of the whole service
        // holds.
        if fullAt.count >= capacity { fullAt.removeAll(keepingCapacity: true) }
    }
}
