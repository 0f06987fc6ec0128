package import Events
package import FHIR
package import Foundation

/// Where the subscriptions of API clients are kept; implemented on PostgreSQL.
///
/// A client sees its own and no others.
package protocol SubscriptionRegistry: Sendable {
    /// What the audit trail holds of a change; its target is not known here.
    associatedtype AuditEntry: Sendable

    /// Files a subscription with its audit entry, in one transaction that raises the generation (D-93).
    ///
    /// - Parameters:
    ///   - subscription: The subscription.
    ///   - stated: The resource as it was sent.
    ///   - limit: How many a client may have.
    ///   - audit: Makes the audit entry.
    /// - Returns: What became of it; unless it was created, nothing was written.
    /// - Throws: What the database throws.
    func register(
        _ subscription: Subscription,
        stated: JSONValue,
        limit: Int,
        audit: @Sendable () -> AuditEntry
    ) async throws -> SubscriptionRegistration

    /// A subscription, as a client may see it; nil where there never was one of this id.
    func registered(_ id: SubscriptionID, of client: String) async throws -> FoundSubscription?

    /// A page of a client's subscriptions, by id.
    func registered(_ query: SubscriptionQuery, of client: String) async throws -> SubscriptionPage

    /// Changes a client's subscription, in one transaction that raises the generation; nothing else changes it meanwhile.
    ///
    /// - Parameters:
    ///   - id: The subscription.
    ///   - client: Whose it is.
    ///   - decide: Says what becomes of it; what it throws is thrown on, and nothing is written.
    ///   - audit: Makes the audit entry.
    /// - Returns: It as it is now; nil where the client has none of this id, or has deleted it.
    /// - Throws: What the database throws, and what `decide` throws.
    func change(
        _ id: SubscriptionID,
        of client: String,
        _ decide: @Sendable (RegisteredSubscription) throws -> SubscriptionChange,
        audit: @Sendable () -> AuditEntry
    ) async throws -> RegisteredSubscription?
}

/// What became of a wish for a subscription.
package enum SubscriptionRegistration: Sendable, Hashable {
    case created
    /// The client has one that asks the same for the same endpoint.
    case duplicate(SubscriptionID)
    /// The client has as many as it may have.
    case tooMany
}

/// A subscription that is there, or was.
package enum FoundSubscription: Sendable, Hashable {
    case live(RegisteredSubscription)
    case deleted
    /// Somebody else's: for the client it is not there.
    case foreign
}

/// What a client looks for among its subscriptions; every list is alternatives, and an absent one asks nothing.
package struct SubscriptionQuery: Sendable, Hashable {
    package var ids: [UUID]?
    package var statuses: [String]?
    package var endpoints: [String]?
    /// Beginnings of the topic's canonical URL, in any case.
    package var topics: [String]?
    package var payloads: [String]?
    package var channels: [String]?
    /// Parts of the texts of filters, in any case.
    package var filters: [String]?
    /// Values of contact points, with their system or without.
    package var contacts: [Token]?
    /// Business identifiers, with their system or without.
    package var identifiers: [Token]?
    /// The id behind which the page begins.
    package var after: UUID?
    package var limit = 100

    /// `system|value` or `value`.
    package struct Token: Sendable, Hashable {
        package var system: String?
        package var value: String

        package init(system: String?, value: String) {
            self.system = system
            self.value = value
        }
    }

    package init() {}
}

/// A page of subscriptions.
package struct SubscriptionPage: Sendable, Hashable {
    /// How many there are on all pages.
    package var total: Int
    package var subscriptions: [RegisteredSubscription]

    package init(total: Int, subscriptions: [RegisteredSubscription]) {
        self.total = total
        self.subscriptions = subscriptions
    }
}
