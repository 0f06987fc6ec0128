package import Events
package import Foundation

/// Where subscriptions of national events are kept; implemented on PostgreSQL.
///
/// A client sees its own and no others.
package protocol EventSubscriptionStore: Sendable {
    /// What the audit trail holds of a change; its target is not known here.
    associatedtype AuditEntry: Sendable

    /// Files a subscription, unless its client has one that is the same and not over.
    ///
    /// - Parameters:
    ///   - new: The subscription.
    ///   - sameness: What makes two the same: criteria, organisation and mailbox.
    ///   - audit: Makes the audit entry.
    /// - Returns: The one that is there already; nil where the new one was filed.
    /// - Throws: What the database throws.
    func register(
        _ new: EventSubscription,
        sameness: String,
        audit: @Sendable () -> AuditEntry
    ) async throws -> SubscriptionID?

    /// A client's subscription; nil where it has none of this id, or has deleted it.
    func eventSubscription(_ id: SubscriptionID, of client: String) async throws -> EventSubscription?

    /// A page of a client's subscriptions, by id.
    func eventSubscriptions(_ query: EventSubscriptionQuery, of client: String) async throws -> EventSubscriptionPage

    /// Deletes a client's subscription: nothing of it is sent any more.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: What the database throws.
    func removeEventSubscription(
        _ id: SubscriptionID,
        of client: String,
        now: Date,
        audit: @Sendable () -> AuditEntry
    ) async throws -> Bool

    /// Whether practices or clients have the organisation.
    func knows(organisation: String) async throws -> Bool

    /// Whether some patient can lie in the area, or be registered with the practice, that a rule names.
    func knows(_ organisation: String, by rule: GeographyRule) async throws -> Bool
}

/// What a search for one's own subscriptions asks; all of it must hold.
package struct EventSubscriptionQuery: Sendable, Hashable {
    /// Texts that the criteria contains, each of them.
    package var criteria: [String] = []
    package var mailbox: String?
    /// ODS code of the first contact.
    package var organisation: String?
    package var status: String?
    package var tag: String?
    /// The last one of the page before.
    package var after: UUID?
    package var limit = 100

    /// Everything.
    package init() {}
}

/// A page of a search.
package struct EventSubscriptionPage: Sendable, Hashable {
    /// Of all pages.
    package var total: Int
    package var subscriptions: [EventSubscription]

    package init(total: Int, subscriptions: [EventSubscription]) {
        self.total = total
        self.subscriptions = subscriptions
    }
}
