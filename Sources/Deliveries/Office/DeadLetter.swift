package import Events
package import Foundation

/// An event that is not sent any more unless somebody asks: set aside by the policy `skip`, or by an operator (D-50).
package struct DeadLetter: Sendable, Hashable {
    package var subscription: SubscriptionID
    package var number: Int64
    package var client: String
    package var endpoint: String
    /// The result class of the last attempt, or `operator`.
    package var cause: String
    package var httpStatus: Int?
    package var attempts: Int
    package var setAsideAt: Date
    /// The operator; nil for the policy.
    package var setAsideBy: String?
    package var reason: String?

    package init(
        subscription: SubscriptionID,
        number: Int64,
        client: String,
        endpoint: String,
        cause: String,
        httpStatus: Int?,
        attempts: Int,
        setAsideAt: Date,
        setAsideBy: String?,
        reason: String?
    ) {
        self.subscription = subscription
        self.number = number
        self.client = client
        self.endpoint = endpoint
        self.cause = cause
        self.httpStatus = httpStatus
        self.attempts = attempts
        self.setAsideAt = setAsideAt
        self.setAsideBy = setAsideBy
        self.reason = reason
    }
}
