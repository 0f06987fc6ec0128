import Events

/// When the next request may go: so many a second, and none for a while after a failure.
struct RequestPace: Sendable {
    private let interval: Duration
    private var next: ContinuousClock.Instant
    private var pausedUntil: ContinuousClock.Instant
    private var backoff = Backoff(first: .seconds(1), longest: .seconds(60))

    init(rate: Int, now: ContinuousClock.Instant = .now) {
        interval = .seconds(1) / rate
        next = now
        pausedUntil = now
    }

    /// Whether a failure forbids requests now.
    func isPaused(_ now: ContinuousClock.Instant) -> Bool { now < pausedUntil }

    /// Takes the next place in the row.
    ///
    /// - Returns: When its request may go.
    mutating func take(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let place = max(now, next)
        next = place + interval
        return place
    }

    /// Notes a failure; a second one of the same time does not count.
    mutating func failed(_ now: ContinuousClock.Instant, retryAfter: Duration?) {
        guard !isPaused(now) else { return }
        pausedUntil = now + max(backoff.next(), min(retryAfter ?? .zero, .seconds(60)))
    }

    /// Notes an answer.
    mutating func succeeded() { backoff.reset() }
}
