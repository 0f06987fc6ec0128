import Crypto
package import Foundation

/// The keys of the built-in issuer: one that signs, one that is published already for the day it takes over, and those whose
/// tokens may still be about.
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
        jwks = Array(try encoder.encode(KeySet(keys: keys.map { JSONWebKey($0.privateKey.publicKey) })))
    }

    /// Two new keys: the first signs from now on, the second waits for a rotation.
    package static func generate(now: Date) throws -> Self {
        try Self([
            SigningKey(P384.Signing.PrivateKey(), publishedFrom: now, activeFrom: now),
            SigningKey(P384.Signing.PrivateKey(), publishedFrom: now, activeFrom: nil),
        ])
    }

    /// The key that was activated last before `date`; on a clock that went back, the first one.
    func active(at date: Date) -> SigningKey {
        let started = keys.filter { key in key.activeFrom.map { $0 <= date } ?? false }
        return started.max { ($0.activeFrom ?? .distantPast) < ($1.activeFrom ?? .distantPast) } ?? keys[0]
    }

    /// The published key of this name.
    func key(_ kid: String, for algorithm: SignatureAlgorithm) -> VerificationKey? {
        guard algorithm == SigningKey.algorithm else { return nil }
        return keys.first { $0.id.rawValue == kid }?.verificationKey
    }
}
