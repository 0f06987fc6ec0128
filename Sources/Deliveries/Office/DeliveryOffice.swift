package import Events
package import Foundation

/// What subscribers and operators ask of deliveries, and do about them; implemented on PostgreSQL.
package protocol DeliveryOffice: Sendable {
    /// Lines of the delivery log, the latest first.
    ///
    /// - Parameters:
    ///   - selection: Which.
    ///   - before: Only lines with a lower id: the next page.
    ///   - limit: How many at most.
    /// - Returns: The lines.
    /// - Throws: Errors of the store.
    func attempts(_ selection: DeliverySelection, before: Int64?, limit: Int) async throws -> [LoggedAttempt]

    /// Dead letters, by subscription and number.
    func deadLetters(_ selection: DeliverySelection, limit: Int) async throws -> [DeadLetter]

    /// How one event of a subscription stands; nil where there is none of that number.
    func standing(of number: Int64, in subscription: SubscriptionID) async throws -> DeliveryStanding?

    /// Sets the next events of a lane aside, up to a number, so that it goes on behind them.
    ///
    /// - Parameters:
    ///   - subscription: Whose lane.
    ///   - number: The last event that is set aside.
    ///   - actor: Who does so.
    ///   - reason: Why.
    /// - Returns: What was set aside.
    /// - Throws: ``DeliveryOfficeError``, and errors of the store.
    func setAside(
        _ subscription: SubscriptionID,
        through number: Int64,
        by actor: String,
        reason: String
    ) async throws -> ClosedRange<Int64>

    /// Holds a lane: its events are recorded, nothing is sent.
    func pause(_ subscription: SubscriptionID, by actor: String, reason: String?) async throws

    /// Lets a lane that is paused or parked go on at once, with its oldest undelivered event.
    func resume(_ subscription: SubscriptionID, by actor: String) async throws
}

/// How one numbered event stands with its subscriber (D-50).
package struct DeliveryStanding: Sendable, Hashable {
    package var subscription: SubscriptionID
    package var number: Int64
    /// The Immunization's id.
    package var record: String
    /// `POST`, `PUT` or `DELETE`.
    package var shape: String
    package var committedAt: Date
    /// `delivered`, `waiting`, `retrying`, `parked`, `paused`, `dead` or `off`.
    package var state: String
    package var nextAttemptAt: Date?
    package var attempts: [LoggedAttempt]
    package var deadLetter: DeadLetter?

    package init(
        subscription: SubscriptionID,
        number: Int64,
        record: String,
        shape: String,
        committedAt: Date,
        state: String,
        nextAttemptAt: Date?,
        attempts: [LoggedAttempt],
        deadLetter: DeadLetter?
    ) {
        self.subscription = subscription
        self.number = number
        self.record = record
        self.shape = shape
        self.committedAt = committedAt
        self.state = state
        self.nextAttemptAt = nextAttemptAt
        self.attempts = attempts
        self.deadLetter = deadLetter
    }
}

/// What cannot be done with a lane, and what to do instead.
package enum DeliveryOfficeError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownSubscription(SubscriptionID)
    /// Nothing up to that number waits.
    case nothingWaiting(through: Int64, deliveredThrough: Int64, lastNumber: Int64)
    /// It is off: nothing is sent.
    case off(SubscriptionID)
    /// A feed or a folder has no lane of requests.
    case noRestHook(SubscriptionID)
    /// It asks for no content: there is nothing to fill it with.
    case emptyContent(SubscriptionID)
    /// There is no such job, or it is over.
    case noOpenJob(UUID)

    package var description: String {
        switch self {
        case .unknownSubscription(let id): "there is no subscription \(id); herald subscriptions lists all"
        case .nothingWaiting(let through, let delivered, let last):
            "no event up to \(through) waits: \(delivered) of \(last) are through"
        case .off(let id): "subscription \(id) is off: nothing is sent; switch it on first"
        case .noRestHook(let id): "subscription \(id) is no REST hook: nothing can be sent to it on request"
        case .emptyContent(let id):
            "subscription \(id) has the content level empty: a back-fill would tell it nothing; change it to id-only or more"
        case .noOpenJob(let id): "there is no job \(id) that is not over; herald deliveries jobs lists them"
        }
    }
}
