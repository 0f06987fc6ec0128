/// How often something may happen: so many times a second in the long run, and so many at once.
package struct RateLimit: Hashable, Sendable, LosslessStringConvertible {
    /// The highest number either part may have.
    package static let maximum = 1_000_000

    /// Times a second, sustained; 1 at least.
    package let perSecond: Int
    /// Times at once after a rest; 1 at least.
    package let burst: Int

    /// Fails where a part is not from 1 to ``maximum``.
    package init?(perSecond: Int, burst: Int) {
        guard (1...Self.maximum).contains(perSecond), (1...Self.maximum).contains(burst) else { return nil }
        self.perSecond = perSecond
        self.burst = burst
    }

    /// `20/40`, or `20` alone, whose burst is twice as much.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count <= 2, let perSecond = parts[0], perSecond <= Self.maximum,
            let burst = parts.count == 2 ? parts[1] : min(perSecond * 2, Self.maximum)
        else { return nil }
        self.init(perSecond: perSecond, burst: burst)
    }

    /// `20/40`, as it is read.
    package var description: String { "\(perSecond)/\(burst)" }
}
