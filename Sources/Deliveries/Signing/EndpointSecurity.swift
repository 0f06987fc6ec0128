package import Events
package import Foundation
package import Outbound
package import Subscriptions

/// What sending to a subscription's endpoint has to know of it and its owner.
package struct EndpointSecurity: Sendable, Hashable {
    package var audience: Subscription.Audience
    /// The client it belongs to.
    package var client: String
    /// The secrets that count now, the newest first; three at most (D-61).
    package var secrets: [KeptSecret]
    /// Hosts that operators took down as the client's own: `example.nhs.uk`, `*.example.nhs.uk`.
    package var hosts: [String]
    /// Networks that operators opened to the client (D-73).
    package var networks: [IPNetwork]

    package init(
        audience: Subscription.Audience,
        client: String,
        secrets: [KeptSecret],
        hosts: [String],
        networks: [IPNetwork]
    ) {
        self.audience = audience
        self.client = client
        self.secrets = secrets
        self.hosts = hosts
        self.networks = networks
    }

    /// Whether an operator took this host down as the client's.
    package func owns(_ host: String) -> Bool {
        hosts.contains { pattern in
            pattern.hasPrefix("*.") ? host.hasSuffix(pattern.dropFirst()) : pattern == host
        }
    }
}

/// A secret as the store keeps it.
package struct KeptSecret: Sendable, Hashable {
    package var id: UUID
    package var sealed: SealedSecret
    package var createdAt: Date
    /// When its owner was shown it; nil for one that nobody has seen yet.
    package var shownAt: Date?
    /// When it stops to sign; nil for the newest.
    package var endsAt: Date?

    package init(id: UUID, sealed: SealedSecret, createdAt: Date, shownAt: Date? = nil, endsAt: Date? = nil) {
        self.id = id
        self.sealed = sealed
        self.createdAt = createdAt
        self.shownAt = shownAt
        self.endsAt = endsAt
    }
}

/// Where secrets are kept; implemented on PostgreSQL.
package protocol EndpointSecurityStore: Sendable {
    /// What is known of a subscription's endpoint; nil where there is no such subscription.
    func security(of id: SubscriptionID) async throws -> EndpointSecurity?

    /// Keeps a secret as the newest.
    ///
    /// - Parameters:
    ///   - secret: The secret.
    ///   - id: Whose.
    ///   - grace: How long others go on to sign beside it; nil: nothing is done where there is one already.
    ///   - actor: The operator who does it, for the audit trail; nil where a request does, which is audited itself.
    /// - Returns: Whether it was kept.
    /// - Throws: What the database says.
    func keep(_ secret: KeptSecret, for id: SubscriptionID, grace: Duration?, by actor: String?) async throws -> Bool

    /// Takes down that a secret is shown to its owner.
    ///
    /// - Returns: Whether nobody has been shown it before.
    func markShown(_ secret: UUID) async throws -> Bool

    /// Removes secrets whose time is over.
    ///
    /// - Returns: How many.
    func eraseEndedSecrets() async throws -> Int

    /// Some secrets that are protected with another key than this one.
    func secrets(
        notUnder wrappingKey: String,
        limit: Int
    ) async throws -> [(subscription: SubscriptionID, secret: KeptSecret)]

    /// Puts a secret's new wrapping in place of the old one.
    func rewrap(_ secret: UUID, as sealed: SealedSecret) async throws
}
