import Foundation

/// Says which subscriptions want an event; the one question the router asks of them.
package protocol EventMatcher: Sendable {
    /// The active subscriptions in whose view the event's record is now.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - patient: What the directory knows of the patient now; nil where it knows nothing.
    /// - Returns: Each subscription once.
    func matches(_ event: VaccinationEvent, patient: PatientDetails?) -> [EventMatch]
}

/// A subscription in whose view a record is.
package struct EventMatch: Sendable, Hashable {
    package var subscription: SubscriptionID
    /// Whether the subscription wants this kind of event.
    ///
    /// If not, it hears of it only where it holds the record already: who took a record and not its correction would keep
    /// what is wrong.
    package var wantsKind: Bool

    package init(_ subscription: SubscriptionID, wantsKind: Bool = true) {
        self.subscription = subscription
        self.wantsKind = wantsKind
    }
}
