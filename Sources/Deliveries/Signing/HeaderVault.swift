package import Access
package import Events
import Foundation
package import Outbound
import Subscriptions

/// Keeps the values of subscribers' header lines, which may be credentials, encrypted at rest (`fhir-subscriptions.md` §3,
/// `delivery.md` §12).
///
/// A line that is sealed keeps its name: `Authorization: sealed:1:KEY:WRAPPED:SEALED`.
package struct HeaderVault: Sendable {
    private static let mark = "sealed:1:"

    private let keys: KeyRing<DeliveryKeys>

    package init(keys: KeyRing<DeliveryKeys>) { self.keys = keys }

    /// Name of the key that lines are sealed with now.
    package var newestKey: String { keys.current.newestWrappingKey }

    /// Lines `Name: value` as they are kept.
    ///
    /// - Throws: ``SecretError`` where there is no key.
    package func seal(_ lines: [String], of subscription: SubscriptionID) throws -> [String] {
        let keys = keys.current
        return try lines.compactMap(HeaderLine.init).map { line in
            let place = Self.place(subscription, line.name)
            return Self.text(line.name, try keys.seal(Array(line.value.utf8), at: place))
        }
    }

    /// Kept lines as they are sent; one of an earlier version, which kept them in plain, as it is.
    ///
    /// - Throws: ``SecretError``.
    package func open(_ lines: [String], of subscription: SubscriptionID) throws -> [String] {
        let keys = keys.current
        return try lines.map { text in
            guard let line = HeaderLine(text), let sealed = try Self.sealed(line) else { return text }
            let value = try keys.open(sealed, at: Self.place(subscription, line.name))
            return "\(line.name): \(String(decoding: value, as: UTF8.self))"
        }
    }

    /// The same lines under the newest key: those in plain are sealed, those under an old key wrapped again.
    ///
    /// - Throws: ``SecretError``.
    package func renewed(_ lines: [String], of subscription: SubscriptionID) throws -> [String] {
        let keys = keys.current
        return try lines.flatMap { text in
            guard let line = HeaderLine(text), let sealed = try Self.sealed(line) else {
                return try seal([text], of: subscription)
            }
            let place = Self.place(subscription, line.name)
            return [try keys.rewrapped(sealed, at: place).map { Self.text(line.name, $0) } ?? text]
        }
    }

    private static func text(_ name: String, _ secret: SealedSecret) -> String {
        let parts = [secret.wrappedKey, secret.sealed].map { Data($0).base64EncodedString() }
        return "\(name): \(mark)\(secret.wrappingKey):\(parts[0]):\(parts[1])"
    }

    /// What a line holds; nil for one in plain.
    private static func sealed(_ line: HeaderLine) throws -> SealedSecret? {
        guard line.value.hasPrefix(mark) else { return nil }
        let parts = line.value.dropFirst(mark.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Data(base64Encoded: String(parts[1])),
            let value = Data(base64Encoded: String(parts[2]))
        else { throw SecretError.damaged }
        return SealedSecret(wrappingKey: String(parts[0]), wrappedKey: Array(key), sealed: Array(value))
    }

    /// What a value is sealed in with: a line in another's place does not open.
    private static func place(_ subscription: SubscriptionID, _ name: String) -> String {
        "subscription.headers \(subscription.uuid.uuidString) \(name.lowercased())"
    }
}

/// Where header lines are kept; implemented on PostgreSQL.
package protocol HeaderLineStore: Sendable {
    /// Some subscriptions' lines that are not known to be sealed with this key, in order of id.
    func headerLines(
        notUnder wrappingKey: String,
        after: SubscriptionID?,
        limit: Int
    ) async throws -> [(subscription: SubscriptionID, lines: [String])]

    /// Puts lines in place of the same ones; does nothing where their owner has changed them since.
    func renew(_ lines: [String], as renewed: [String], of id: SubscriptionID, under wrappingKey: String) async throws
}

extension HeaderVault {
    /// Seals what an earlier version kept in plain, and wraps what old keys protect with the newest one.
    ///
    /// - Returns: How many subscriptions' lines were sealed or wrapped again.
    /// - Throws: What the store throws, and ``SecretError`` of the first that cannot be opened, after all others.
    package func tidy(_ store: some HeaderLineStore) async throws -> Int {
        let key = newestKey
        var (renewedCount, last, failure) = (0, SubscriptionID?.none, (any Error)?.none)
        while true {
            let old = try await store.headerLines(notUnder: key, after: last, limit: 100)
            for (subscription, lines) in old {
                do {
                    let renewed = try renewed(lines, of: subscription)
                    try await store.renew(lines, as: renewed, of: subscription, under: key)
                    if renewed != lines { renewedCount += 1 }
                } catch let error as SecretError {
                    failure = failure ?? error
                }
            }
            guard old.count == 100 else { break }
            last = old.last?.subscription
        }
        if let failure { throw failure }
        return renewedCount
    }
}
