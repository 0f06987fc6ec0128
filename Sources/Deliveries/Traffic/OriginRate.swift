/// How fast one origin is sent to: a bucket of tokens whose rate halves when the endpoint asks for less, and which begins
/// slowly after an outage (`delivery.md` §7, D-34); reads no clock.
package struct OriginRate: Sendable, Hashable {
    /// A second, at the most.
    private let limit: Double
    private let burst: Double
    /// Share of the limit that is used.
    private var share = 1.0
    private var shareSince = Duration.zero
    /// When the origin came back, while it is being sent to slowly.
    private var rampFrom: Duration?
    private var tokens: Double
    private var filledAt = Duration.zero

    package init(limit: Int, burst: Int) {
        self.limit = Double(max(limit, 1))
        self.burst = Double(max(burst, 1))
        tokens = self.burst
    }

    /// Requests a second now.
    package func rate(at time: Duration) -> Double {
        let minutes = max((time - shareSince) / .seconds(60), 0)
        // A tenth of the limit comes back each minute.
        let allowed = max(limit * min(share + 0.1 * minutes, 1), 1)
        guard let rampFrom else { return allowed }
        return min(allowed, Self.ramp(max(time - rampFrom, .zero)))
    }

    /// One request a second, doubled every ten seconds.
    private static func ramp(_ elapsed: Duration) -> Double {
        var rate = 1.0
        for _ in 0..<min(Int(elapsed / .seconds(10)), 30) { rate *= 2 }
        return rate
    }

    /// Takes the next token.
    ///
    /// - Parameters:
    ///   - time: Now.
    ///   - patience: The longest wait; where it would be longer, no token is taken.
    /// - Returns: How long to wait before sending.
    package mutating func take(at time: Duration, patience: Duration) -> Duration {
        let rate = rate(at: time)
        if let start = rampFrom, Self.ramp(time - start) >= limit { rampFrom = nil }
        let room = rate < limit ? min(burst, max(rate, 1)) : burst
        tokens = min(tokens + max((time - filledAt) / .seconds(1), 0) * rate, room)
        filledAt = time
        let wait = tokens >= 1 ? Duration.zero : .seconds((1 - tokens) / rate)
        if wait <= patience { tokens -= 1 }
        return wait
    }

    /// The endpoint asked for less: half of what it gets now.
    package mutating func halve(at time: Duration) {
        share = max(rate(at: time) / limit / 2, 1 / limit)
        shareSince = time
        tokens = min(tokens, 1)
    }

    /// The endpoint is back after an outage.
    package mutating func beginSlowly(at time: Duration) {
        rampFrom = time
        // What was slow while it was away was not overload.
        (share, shareSince) = (1, time)
        // The request that found it back has just been sent.
        (tokens, filledAt) = (min(tokens, 0), time)
    }
}
