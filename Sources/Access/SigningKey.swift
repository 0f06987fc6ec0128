import Crypto
import Foundation

/// A P-384 key of the built-in issuer, for ES384 and nothing else (A-17, RFC 7518 §3.4).
struct SigningKey: Sendable {
    static let algorithm = SignatureAlgorithm.es384

    let id: KeyID
    /// Since when the key is in the published set.
    let publishedFrom: Date
    /// When the key starts to sign; `nil` while it is only published (A-18).
    let activeFrom: Date?
    let privateKey: P384.Signing.PrivateKey

    init(_ privateKey: P384.Signing.PrivateKey, publishedFrom: Date, activeFrom: Date?) {
        self.privateKey = privateKey
        self.publishedFrom = publishedFrom
        self.activeFrom = activeFrom
        id = JSONWebKey(privateKey.publicKey).thumbprint
    }

    var pemRepresentation: String { privateKey.pemRepresentation }

    var verificationKey: VerificationKey { .p384(privateKey.publicKey) }

    /// The same key, signing from another day on.
    func activated(at date: Date) -> Self { Self(privateKey, publishedFrom: publishedFrom, activeFrom: date) }

    /// `R || S`, 96 bytes, as JWS wants it (RFC 7518 §3.4).
    func signature(for bytes: [UInt8]) throws -> [UInt8] {
        Array(try privateKey.signature(for: bytes).rawRepresentation)
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    /// The name only, never the key.
    var description: String { id.rawValue }

    /// No children, so that a dump shows nothing either.
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// A public key as RFC 7517 writes it.
struct JSONWebKey: Encodable, Sendable {
    let alg = SigningKey.algorithm.rawValue
    let crv = "P-384"
    let kid: String
    let kty = "EC"
    let use = "sig"
    let x: String
    let y: String

    var thumbprint: KeyID { KeyID(kid) }

    init(_ key: P384.Signing.PublicKey) {
        let point = key.rawRepresentation
        x = Base64URL.encode(point.prefix(48))
        y = Base64URL.encode(point.suffix(48))
        // RFC 7638: the required members only, in this order, without white space.
        let members = #"{"crv":"P-384","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
        kid = Base64URL.encode(SHA256.hash(data: Array(members.utf8)))
    }
}
