/// Stops attempts to an origin that many lanes share while it is away (`delivery.md` §6); reads no clock and does no I/O.
///
/// Times are counted from any fixed moment of the process's own clock.
package struct OriginBreaker: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case closed
        /// No attempts until the time of the next probe.
        case open(probeAt: Duration)
        /// The probe was accepted; another success closes.
        case halfOpen
    }

    /// What an operator wants, whatever attempts come to.
    package enum Override: String, Sendable, Hashable, CaseIterable {
        case open, closed
    }

    /// Failures in a row that open it.
    private static let failuresInARow = 5
    /// Attempts in the window from which on the share of failures counts.
    private static let leastAttempts = 20
    private static let window: Duration = .seconds(60)

    package private(set) var state = State.closed
    /// How often in a row it has opened; sets the pause before the next probe.
    package private(set) var trips = 0
    package var override: Override?
    private var inARow = 0
    private var counts: [Slot] = []

    /// Attempts in ten seconds.
    private struct Slot: Sendable, Hashable {
        let number: Int64
        var attempts = 0
        var failures = 0
    }

    package init() {}

    /// How many attempts may be in flight; nil for as many as other limits allow.
    package func room(at time: Duration) -> Int? {
        switch (override, state) {
        case (.open, _): 0
        case (.closed, _), (nil, .closed): nil
        case (nil, .open(let probeAt)): time < probeAt ? 0 : 1
        case (nil, .halfOpen): 1
        }
    }

    /// Takes the outcome of an attempt.
    ///
    /// - Parameters:
    ///   - outcome: What it came to. Only failures that say nothing of the request count: whoever answers 4xx is alive.
    ///   - time: Now.
    ///   - jitter: Factor 0.8 to 1.2 on the pause before a probe.
    ///   - isNotice: Whether it was sent although the breaker is open, as heartbeats are: then it is a probe (D-24).
    /// - Returns: Whether the state changed.
    package mutating func attempted(
        _ outcome: AttemptOutcome,
        at time: Duration,
        jitter: Double,
        isNotice: Bool = false
    ) -> Bool {
        let before = state
        let isFailure = outcome.speaksAgainstOrigin
        switch state {
        case .closed:
            count(isFailure, at: time)
            if inARow >= Self.failuresInARow || isMostlyFailing { open(at: time, jitter: jitter) }
        case .open(let probeAt):
            // Answers to what was on its way when it opened say nothing new.
            guard time >= probeAt || isNotice && !isFailure else { return false }
            if isFailure { open(at: time, jitter: jitter) } else { state = .halfOpen }
        case .halfOpen:
            if isFailure { open(at: time, jitter: jitter) } else { close() }
        }
        return state != before
    }

    /// Takes over what another process, or this one before it was started again, has found.
    package mutating func adopt(trips: Int, probeAt: Duration) {
        guard state == .closed else { return }
        self.trips = max(trips, 1)
        state = .open(probeAt: probeAt)
    }

    /// Takes over that another process has found the origin back; tells whether it was open here.
    package mutating func adoptClosing() -> Bool {
        guard state != .closed else { return false }
        close()
        return true
    }

    private mutating func open(at time: Duration, jitter: Double) {
        trips += 1
        state = .open(probeAt: time + RetrySchedule.outage.delay(afterFailure: trips, jitter: jitter))
    }

    private mutating func close() {
        state = .closed
        (trips, inARow, counts) = (0, 0, [])
    }

    private mutating func count(_ isFailure: Bool, at time: Duration) {
        inARow = isFailure ? inARow + 1 : 0
        let width = Self.window / 6
        let number = Int64(time / width)
        counts.removeAll { $0.number <= number - 6 }
        if counts.last?.number != number { counts.append(Slot(number: number)) }
        counts[counts.count - 1].attempts += 1
        if isFailure { counts[counts.count - 1].failures += 1 }
    }

    private var isMostlyFailing: Bool {
        let attempts = counts.reduce(0) { $0 + $1.attempts }
        return attempts >= Self.leastAttempts && counts.reduce(0) { $0 + $1.failures } * 2 >= attempts
    }
}

extension AttemptOutcome {
    /// Whether the origin, and not the request, is at fault.
    var speaksAgainstOrigin: Bool {
        guard case .transient(let cause, _) = self else { return false }
        if case .errorResponse(let status) = cause { return status >= 500 }
        return true
    }

    /// Whether the endpoint has too much to do.
    var asksForLess: Bool {
        switch self {
        case .transient(.errorResponse(429), _), .transient(.noResponse, _): true
        default: false
        }
    }
}
