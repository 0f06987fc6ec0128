/// What becomes of a lane after an attempt; reads no clock and does no I/O.
package struct LaneStateMachine: Sendable, Hashable {
    /// What the courier does next.
    package enum Action: Sendable, Hashable {
        /// Move the cursor past the batch.
        case advance
        /// Keep the batch as it is and try again after a pause; `failing` is to be shown to the subscriber.
        case wait(Duration, failing: Bool)
        /// Stop trying; the events stay where they are until somebody resumes the lane (D-50).
        case park
        /// Send the events one by one, to find the one that is refused (D-22).
        case split
        /// Put the event to the dead letters and go on behind it (D-22, policy `skip`).
        case setAside
        /// The endpoint is gone for good: the subscription goes off.
        case switchOff

        /// Whether nothing gets better by itself.
        var needsAPerson: Bool { self == .park || self == .setAside || self == .switchOff }
    }

    /// The time a batch may fail before its lane parks (D-32).
    package static let budget: Duration = .seconds(72 * 3600)
    /// The same for content that the endpoint refuses: the policy `block` (D-22).
    package static let refusalBudget: Duration = .seconds(24 * 3600)

    /// What was attempted.
    package let work: LaneWork
    /// What becomes of an event that is refused for a day.
    package let policy: RefusalPolicy
    /// Failed attempts of it, in a row.
    package private(set) var failures: Int
    /// How long it has been failing, measured by the clock that sets the next attempt, the database's (T-23).
    package let failingFor: Duration

    package init(work: LaneWork, policy: RefusalPolicy = .block) {
        self.work = work
        self.policy = policy
        failures = work.frozen?.failures ?? 0
        failingFor = work.frozen?.failingFor ?? .zero
    }

    /// Takes the outcome of an attempt.
    ///
    /// - Parameters:
    ///   - outcome: What the attempt came to.
    ///   - jitter: Factor 0.8 to 1.2 (D-30).
    /// - Returns: What to do next.
    package mutating func attempted(_ outcome: AttemptOutcome, jitter: Double) -> Action {
        switch outcome {
        case .accepted:
            failures = 0
            return .advance
        case .gone:
            return .switchOff
        case _ where work.kind == .handshake:
            // One attempt, within the subscription's time-out, and never one by itself again.
            return .park
        case .transient:
            // A subscriber may ask for a longer pause, up to an hour (D-31).
            return failed(.outage, within: Self.budget, atLeast: outcome.pauseAskedFor ?? .zero, jitter: jitter)
        case .misconfigured:
            return failed(.refusal, within: Self.budget, jitter: jitter)
        case .rejected:
            if case .batch(let batch) = work {
                if batch.numbers.count > 1 { return .split }
                if policy == .skip, failingFor >= Self.refusalBudget { return .setAside }
            }
            return failed(.refusal, within: Self.refusalBudget, jitter: jitter)
        }
    }

    private mutating func failed(
        _ schedule: RetrySchedule,
        within budget: Duration,
        atLeast requested: Duration = .zero,
        jitter: Double
    ) -> Action {
        failures += 1
        guard failingFor < budget else { return .park }
        let delay = max(schedule.delay(afterFailure: failures, jitter: jitter), requested)
        // `error` is shown after 5 failures, or 2 when the head is older than 5 minutes (`delivery.md` §5).
        return .wait(delay, failing: failures >= 5 || failures >= 2 && failingFor > .seconds(300))
    }
}
