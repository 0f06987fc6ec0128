package import Events
package import Foundation

/// Which subscriptions' deliveries are meant; what is nil is not asked for.
package struct DeliverySelection: Sendable, Hashable {
    package var subscription: SubscriptionID?
    package var client: String?
    /// Scheme, host and port of the endpoint, such as `https://gp.example:8443`.
    package var origin: String?
    /// A result class (`delivery.md` §5); of dead letters also `operator`.
    package var cause: String?
    /// At this time or later.
    package var since: Date?
    /// Before this time.
    package var until: Date?

    package init(
        subscription: SubscriptionID? = nil,
        client: String? = nil,
        origin: String? = nil,
        cause: String? = nil,
        since: Date? = nil,
        until: Date? = nil
    ) {
        self.subscription = subscription
        self.client = client
        self.origin = origin
        self.cause = cause
        self.since = since
        self.until = until
    }

    /// The same subscriptions, whatever the time and the cause.
    package var subscriptions: DeliverySelection {
        DeliverySelection(subscription: subscription, client: client, origin: origin)
    }
}
