package import Access
package import Events
package import Foundation
package import Outbound
import Subscriptions
import Synchronization

/// Makes, shows, rotates and signs with subscribers' secrets (`delivery.md` §9).
package final class WebhookSecrets: NotificationSigner {
    /// How long a change may stay unnoticed by those who sign.
    package static let maximumAge: Duration = .seconds(1)
    /// How long an old secret signs beside a new one unless its owner says otherwise (D-61).
    package static let standardGrace: Duration = .seconds(24 * 3600)
    /// The longest such time.
    package static let maximumGrace: Duration = .seconds(7 * 24 * 3600)
    private static let capacity = 10_000

    private struct Entry {
        let security: EndpointSecurity
        let secrets: [WebhookSecret]
        let readAt: ContinuousClock.Instant
    }

    private let store: any EndpointSecurityStore
    private let keys: KeyRing<DeliveryKeys>
    private let entries = Mutex<[SubscriptionID: Entry]>([:])

    package init(store: any EndpointSecurityStore, keys: KeyRing<DeliveryKeys>) {
        self.store = store
        self.keys = keys
    }

    /// All live signatures, the subscriber's secrets' first, and the names of the hub's keys in the order of theirs.
    package func headers(
        for subscription: SubscriptionID,
        messageID: String,
        timestamp: Int64,
        body: [UInt8]
    ) async throws -> [(name: String, value: String)] {
        let secrets = try await entry(of: subscription).secrets
        let content = WebhookContent(id: messageID, timestamp: timestamp, body: body)
        let signers = keys.current.signers(at: Date())
        let signatures = secrets.map { $0.signature(of: content) } + (try signers.map { try $0.signature(of: content) })
        return [
            ("webhook-signature", signatures.joined(separator: " ")),
            ("Herald-Key-Id", signers.map(\.publicKey.id).joined(separator: " ")),
        ]
    }

    /// What is known of an endpoint; up to ``maximumAge`` old.
    ///
    /// - Throws: ``WebhookSecretError``, `SecretError`, and what the store throws.
    package func security(of subscription: SubscriptionID) async throws -> EndpointSecurity {
        try await entry(of: subscription).security
    }

    /// Shows a secret that nobody has been shown before: the first one where that is still unseen, else a new one.
    ///
    /// All who sign use it by the time this returns.
    ///
    /// - Parameters:
    ///   - subscription: Whose.
    ///   - replacement: The owner's own new secret; nil has one made.
    ///   - grace: How long the old ones go on to sign beside it; zero ends them.
    ///   - actor: The operator who does it; nil where a request does.
    /// - Returns: The secret, which nobody can ask for again.
    /// - Throws: ``WebhookSecretError``, `SecretError`, and what the store throws.
    package func issue(
        for subscription: SubscriptionID,
        replacement: WebhookSecret? = nil,
        grace: Duration = WebhookSecrets.standardGrace,
        by actor: String? = nil
    ) async throws -> IssuedSecret {
        guard (.zero...Self.maximumGrace).contains(grace) else { throw WebhookSecretError.grace }
        let entry = try await read(subscription)
        if replacement == nil, let newest = entry.security.secrets.first, newest.shownAt == nil,
            try await store.markShown(newest.id)
        {
            return IssuedSecret(secret: entry.secrets[0], id: newest.id, othersEnd: nil)
        }
        let secret = replacement ?? .random()
        let kept = try seal(secret, for: subscription, shownAt: Date())
        guard try await store.keep(kept, for: subscription, grace: grace, by: actor) else {
            throw WebhookSecretError.unknownSubscription
        }
        entries.withLock { $0[subscription] = nil }
        // Other processes may still sign with what they read just before.
        try await Task.sleep(for: Self.maximumAge)
        let end = Date() + grace / .seconds(1)
        return IssuedSecret(secret: secret, id: kept.id, othersEnd: entry.secrets.isEmpty ? nil : end)
    }

    /// Erases what is over, and wraps what old keys protect with the newest one.
    ///
    /// - Returns: How many were erased and wrapped.
    @discardableResult
    package func tidy() async throws -> (erased: Int, rewrapped: Int) {
        let erased = try await store.eraseEndedSecrets()
        let current = keys.current
        var rewrapped = 0
        while true {
            let old = try await store.secrets(notUnder: current.newestWrappingKey, limit: 100)
            for (subscription, secret) in old {
                let place = Self.place(subscription, secret.id)
                guard let sealed = try current.rewrapped(secret.sealed, at: place) else { continue }
                try await store.rewrap(secret.id, as: sealed)
                rewrapped += 1
            }
            if old.count < 100 { return (erased, rewrapped) }
        }
    }

    private func entry(of subscription: SubscriptionID) async throws -> Entry {
        let asked = ContinuousClock.now
        if let entry = entries.withLock({ $0[subscription] }), asked - entry.readAt < Self.maximumAge { return entry }
        let entry = try await read(subscription)
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
            entries[subscription] = entry
        }
        return entry
    }

    /// A subscriber's subscription gets its first secret here, before anything is sent to it (D-60).
    private func read(_ subscription: SubscriptionID) async throws -> Entry {
        let readAt = ContinuousClock.now
        guard var security = try await store.security(of: subscription) else {
            throw WebhookSecretError.unknownSubscription
        }
        if security.secrets.isEmpty, security.audience == .subscriber {
            let first = try seal(.random(), for: subscription, shownAt: nil)
            _ = try await store.keep(first, for: subscription, grace: nil, by: nil)
            security = try await store.security(of: subscription) ?? security
        }
        let keys = keys.current
        let secrets = try security.secrets.map { kept in
            guard let secret = WebhookSecret(bytes: try keys.open(kept.sealed, at: Self.place(subscription, kept.id)))
            else { throw SecretError.damaged }
            return secret
        }
        return Entry(security: security, secrets: secrets, readAt: readAt)
    }

    private func seal(_ secret: WebhookSecret, for id: SubscriptionID, shownAt: Date?) throws -> KeptSecret {
        let secretID = UUID()
        return KeptSecret(
            id: secretID,
            sealed: try keys.current.seal(secret.bytes, at: Self.place(id, secretID)),
            createdAt: Date(),
            shownAt: shownAt
        )
    }

    /// What a secret is sealed in with: a row in another's place does not open (`delivery.md` §12).
    private static func place(_ subscription: SubscriptionID, _ secret: UUID) -> String {
        "subscription_secret.sealed \(subscription.uuid.uuidString) \(secret.uuidString)"
    }
}

/// A secret on its only way to its owner.
package struct IssuedSecret: Sendable {
    package let secret: WebhookSecret
    package let id: UUID
    /// When the secrets before it stop to sign; nil where there are none.
    package let othersEnd: Date?
}

/// Why there is no secret.
package enum WebhookSecretError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownSubscription
    case grace

    package var description: String {
        switch self {
        case .unknownSubscription: "there is no such subscription"
        case .grace: "the grace time must be 0 seconds to 7 days (604800)"
        }
    }
}
