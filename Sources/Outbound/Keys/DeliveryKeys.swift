package import Foundation

/// The hub's keys for what it sends: those that sign notifications, and those that protect subscribers' secrets at rest.
package struct DeliveryKeys: Sendable {
    /// A signing key and how long it signs.
    struct Signing: Sendable {
        let key: WebhookSigningKey
        let activeFrom: Date
        /// When it stops; nil for the newest.
        var activeUntil: Date?
    }

    /// Oldest first; the last one signs without an end.
    let signing: [Signing]
    /// Oldest first; new secrets are protected with the last one.
    let wrapping: [WrappingKey]

    /// How long a key stays in the published set after it has signed last, in seconds.
    private static let afterlife: TimeInterval = 24 * 3600

    /// One key of each kind.
    package static func generate(now: Date) -> Self {
        Self(signing: [Signing(key: WebhookSigningKey(), activeFrom: now)], wrapping: [WrappingKey(createdAt: now)])
    }

    /// The keys that notifications are signed with, the newest first: all of them sign while a rotation is under way (D-61).
    package func signers(at now: Date) -> [WebhookSigningKey] {
        signing.filter { $0.activeUntil.map { $0 > now } ?? true }.map(\.key).reversed()
    }

    /// The bytes of the published key set.
    package func keySet(at now: Date) throws -> [UInt8] {
        let published = signing.filter { ($0.activeUntil ?? .distantFuture) + Self.afterlife > now }
        return try WebhookPublicKey.keySet(published.reversed().map(\.key.publicKey))
    }

    /// The keys after a new signing key: it signs at once, and the old one beside it for the grace time.
    func rotatingSigning(grace: TimeInterval, now: Date) -> Self {
        let old = signing.filter { ($0.activeUntil ?? .distantFuture) + Self.afterlife > now }.map { key in
            var key = key
            key.activeUntil = min(key.activeUntil ?? .distantFuture, now + grace)
            return key
        }
        let kept = grace > 0 ? old : []
        return Self(signing: kept + [Signing(key: WebhookSigningKey(), activeFrom: now)], wrapping: wrapping)
    }

    /// The keys after a new wrapping key; old ones stay until what they protect has been wrapped again.
    func rotatingWrapping(now: Date) -> Self {
        Self(signing: signing, wrapping: wrapping + [WrappingKey(createdAt: now)])
    }

    /// The keys as operators see them.
    package func report(now: Date) -> [DeliveryKeyReport] {
        let signers = signing.reversed().map { key in
            let isOver = key.activeUntil.map { $0 <= now } ?? false
            return DeliveryKeyReport(
                id: key.key.publicKey.id,
                use: .notifications,
                state: key.activeUntil == nil ? "signing" : isOver ? "retired" : "signing until",
                from: key.activeFrom,
                until: key.activeUntil
            )
        }
        let wrappers = wrapping.reversed().map { key in
            DeliveryKeyReport(
                id: key.id,
                use: .secrets,
                state: key.id == wrapping.last?.id ? "protecting" : "opening old secrets",
                from: key.createdAt,
                until: nil
            )
        }
        return signers + wrappers
    }
}

/// One key, without the key.
package struct DeliveryKeyReport: Hashable, Sendable {
    /// What a key is for.
    package enum Use: String, Hashable, Sendable, CaseIterable {
        case notifications, secrets
    }

    package let id: String
    package let use: Use
    package let state: String
    package let from: Date
    /// When it stops; nil where no other key takes over.
    package let until: Date?
}
