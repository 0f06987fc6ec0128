import Crypto
import Foundation

/// The keys of the built-in issuer: one that signs, and one that is published already for the day it takes over.
package struct SigningKeys: Sendable {
    let keys: [SigningKey]

    /// Bytes of `/.well-known/jwks.json`: every published key with `kid`, `alg` and `use`; never a private part.
    package let jwks: [UInt8]

    init(_ keys: [SigningKey]) throws {
        struct KeySet: Encodable {
            let keys: [JSONWebKey]
        }
        guard keys.contains(where: { $0.activeFrom != nil }) else { throw SigningKeyError.noActiveKey }
        self.keys = keys
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        jwks = Array(try encoder.encode(KeySet(keys: keys.map(\.verificationKey.jsonWebKey))))
    }

    /// Two new keys: the first signs from now on, the second waits for a rotation.
    static func generate(now: Date) throws -> Self {
        try Self([
            SigningKey(P384.Signing.PrivateKey(), activeFrom: now),
            SigningKey(P384.Signing.PrivateKey(), activeFrom: nil),
        ])
    }

    /// The key that was activated last before `date`; on a clock that went back, the first one.
    func active(at date: Date) -> SigningKey {
        let started = keys.filter { key in key.activeFrom.map { $0 <= date } ?? false }
        return started.max { ($0.activeFrom ?? .distantPast) < ($1.activeFrom ?? .distantPast) } ?? keys[0]
    }

    var verificationKeys: [KeyID: VerificationKey] {
        Dictionary(keys.map { ($0.id, $0.verificationKey) }) { first, _ in first }
    }
}
