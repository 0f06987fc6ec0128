/// The pauses after failed attempts (`delivery.md` §5).
package enum RetrySchedule: Sendable, Hashable {
    /// For an endpoint that is away: from 5 s to 30 min.
    case outage
    /// For an endpoint that refuses: from 1 min to hourly.
    case refusal

    /// The pause after the given failure of the same batch, counted from 1.
    ///
    /// - Parameters:
    ///   - failure: The failures so far.
    ///   - jitter: Factor 0.8 to 1.2, drawn once by the caller and stored with the result (D-30).
    /// - Returns: The pause.
    package func delay(afterFailure failure: Int, jitter: Double) -> Duration {
        let steps: [Int] =
            switch self {
            case .outage: [5, 15, 60, 120, 300, 600, 1200, 1800]
            case .refusal: [60, 600, 1800, 3600]
            }
        return .seconds(Double(steps[min(max(failure, 1), steps.count) - 1]) * jitter)
    }
}
