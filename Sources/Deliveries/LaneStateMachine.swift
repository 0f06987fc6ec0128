package import Foundation

/// What becomes of a lane after an attempt; reads no clock and does no I/O.
package struct LaneStateMachine: Sendable, Hashable {
    /// What the courier does next.
    package enum Action: Sendable, Hashable {
        /// Move the cursor past the batch.
        case advance
        /// Keep the batch as it is and try again then.
        case wait(until: Date, failing: Bool)
        /// Stop trying; the events stay where they are until somebody resumes the lane (D-50).
        case park
        /// The endpoint is gone for good: the subscription goes off.
        case switchOff
    }

    /// The time a batch may fail before its lane parks (D-32).
    package static let budget: TimeInterval = 72 * 3600

    /// Failed attempts of the batch in hand.
    package private(set) var failures: Int
    package private(set) var firstFailureAt: Date?

    package init(failures: Int, firstFailureAt: Date?) {
        self.failures = failures
        self.firstFailureAt = firstFailureAt
    }

    /// Takes the outcome of an attempt that ended at `now`.
    ///
    /// - Parameter jitter: Factor 0.8 to 1.2 (D-30).
    package mutating func attempted(_ outcome: AttemptOutcome, at now: Date, jitter: Double) -> Action {
        switch outcome {
        case .accepted:
            self = LaneStateMachine(failures: 0, firstFailureAt: nil)
            return .advance
        case .gone:
            return .switchOff
        case .transient(_, let retryAfter):
            return failed(schedule: .outage, atLeast: retryAfter, now: now, jitter: jitter)
        case .misconfigured, .rejected:
            return failed(schedule: .refusal, atLeast: nil, now: now, jitter: jitter)
        }
    }

    private mutating func failed(
        schedule: RetrySchedule,
        atLeast requested: Duration?,
        now: Date,
        jitter: Double
    ) -> Action {
        failures += 1
        let since = firstFailureAt ?? now
        firstFailureAt = since
        guard now.timeIntervalSince(since) < Self.budget else { return .park }
        // A subscriber may ask for a longer pause, up to an hour (D-31).
        let asked = min(requested ?? .zero, .seconds(3600))
        let delay = max(schedule.delay(afterFailure: failures, jitter: jitter), asked)
        // `error` is shown after 5 failures, or 2 when the head is older than 5 minutes (`delivery.md` §5).
        let failing = failures >= 5 || failures >= 2 && now.timeIntervalSince(since) > 300
        return .wait(until: now.addingTimeInterval(delay / .seconds(1)), failing: failing)
    }
}
