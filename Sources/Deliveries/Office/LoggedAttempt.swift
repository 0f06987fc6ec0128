package import Events
package import Foundation

/// A line of a delivery log as it is read: numbers, times and result, no payload (D-55).
package struct LoggedAttempt: Sendable, Hashable {
    /// Grows with time; pages are read by it.
    package var id: Int64
    package var subscription: SubscriptionID
    /// `events`, `handshake`, `heartbeat` or `resend`.
    package var kind: String
    /// The events that were sent; nil for messages without.
    package var numbers: ClosedRange<Int64>?
    /// Counts the attempts of the same bytes from 1.
    package var attempt: Int
    package var startedAt: Date
    package var milliseconds: Int
    /// The result class (`delivery.md` §5).
    package var outcome: String
    /// The HTTP status, where an answer came.
    package var httpStatus: Int?

    package init(
        id: Int64,
        subscription: SubscriptionID,
        kind: String,
        numbers: ClosedRange<Int64>?,
        attempt: Int,
        startedAt: Date,
        milliseconds: Int,
        outcome: String,
        httpStatus: Int?
    ) {
        self.id = id
        self.subscription = subscription
        self.kind = kind
        self.numbers = numbers
        self.attempt = attempt
        self.startedAt = startedAt
        self.milliseconds = milliseconds
        self.outcome = outcome
        self.httpStatus = httpStatus
    }
}
