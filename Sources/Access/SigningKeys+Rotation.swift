import Crypto
package import Foundation

/// How a signing key is replaced.
package enum KeyRotation: Hashable, Sendable {
    /// The waiting key takes over once everybody has had a day to fetch it.
    case staged
    /// The waiting key takes over at once; tokens of the old one stay good.
    case immediate
    /// As ``immediate``, and no token of an older key is good any more: for a key that others may have seen.
    case withdrawing
}

extension SigningKeys {
    /// How long a key is published before it signs, and kept after it signed last, in seconds.
    package static let overlap: TimeInterval = 24 * 3600

    /// The keys after a rotation.
    ///
    /// The waiting key gets its day, a new one waits behind it, and keys that stopped signing more than ``overlap`` ago (and
    /// the life of a token) are dropped.
    ///
    /// - Throws: ``SigningKeyError/rotating(until:)`` while another rotation is under way, unless this one is immediate.
    package func rotated(_ rotation: KeyRotation, now: Date) throws -> Self {
        // The waiting key lay in the same file, so it goes too.
        if rotation == .withdrawing { return try .generate(now: now) }
        let coming = keys.first { ($0.activeFrom ?? .distantPast) > now }
        if rotation == .staged, let date = coming?.activeFrom { throw SigningKeyError.rotating(until: date) }
        let next =
            coming ?? keys.last { $0.activeFrom == nil }
            ?? SigningKey(P384.Signing.PrivateKey(), publishedFrom: now, activeFrom: nil)
        let start = rotation == .staged ? max(now, next.publishedFrom.addingTimeInterval(Self.overlap)) : now
        let waiting = keys.last { $0.activeFrom == nil && $0.id != next.id }
        return try Self(
            keys.filter { $0.id != next.id && $0.activeFrom != nil && !isOver($0, now: now) }
                + [
                    next.activated(at: start),
                    waiting ?? SigningKey(P384.Signing.PrivateKey(), publishedFrom: now, activeFrom: nil),
                ]
        )
    }

    /// Whether no good token of this key can be about, and nobody needs it in the published set.
    private func isOver(_ key: SigningKey, now: Date) -> Bool {
        guard let end = end(of: key) else { return false }
        return end.addingTimeInterval(Self.overlap + TimeInterval(TokenIssuer.maximumLifetime)) < now
    }

    /// When the key after this one takes over; nil for the last one, and for one that waits.
    private func end(of key: SigningKey) -> Date? {
        guard let start = key.activeFrom else { return nil }
        return keys.compactMap(\.activeFrom).filter { $0 > start }.min()
    }

    /// The keys as operators see them, in the order in which they sign.
    package func report(now: Date) -> [SigningKeyReport] {
        let active = active(at: now).id
        return keys.sorted { ($0.activeFrom ?? .distantFuture) < ($1.activeFrom ?? .distantFuture) }.map { key in
            let state: SigningKeyReport.State =
                if key.id == active { .signing } else if key.activeFrom.map({ $0 <= now }) ?? false { .retired } else {
                    .waiting
                }
            return SigningKeyReport(
                id: key.id,
                state: state,
                publishedFrom: key.publishedFrom,
                activeFrom: key.activeFrom,
                activeUntil: end(of: key)
            )
        }
    }
}

/// One signing key, without the key.
package struct SigningKeyReport: Hashable, Sendable {
    /// What the key does at the moment.
    package enum State: String, Hashable, Sendable {
        /// Published, for the day it signs.
        case waiting
        /// New tokens are signed with it.
        case signing
        /// Published, so that its last tokens can be checked.
        case retired
    }

    package let id: KeyID
    package let state: State
    package let publishedFrom: Date
    /// Nil while no day is set.
    package let activeFrom: Date?
    /// Nil while no other key is to take over.
    package let activeUntil: Date?
}
