import Crypto
import Foundation

/// A P-384 key of the built-in issuer, for ES384 and nothing else (A-17, RFC 7518 §3.4).
struct SigningKey: Sendable {
    static let algorithm = "ES384"

    let id: KeyID
    /// When the key starts to sign; `nil` while it is only published (A-18).
    let activeFrom: Date?
    let privateKey: P384.Signing.PrivateKey

    init(_ privateKey: P384.Signing.PrivateKey, activeFrom: Date?) {
        self.privateKey = privateKey
        self.activeFrom = activeFrom
        id = JSONWebKey(privateKey.publicKey).thumbprint
    }

    var pemRepresentation: String { privateKey.pemRepresentation }

    var verificationKey: VerificationKey { VerificationKey(publicKey: privateKey.publicKey) }

    /// `R || S`, 96 bytes, as JWS wants it (RFC 7518 §3.4).
    func signature(for bytes: [UInt8]) throws -> [UInt8] {
        Array(try privateKey.signature(for: bytes).rawRepresentation)
    }
}

/// The public half of a ``SigningKey``.
struct VerificationKey: Sendable {
    let publicKey: P384.Signing.PublicKey

    func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
        guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
        return publicKey.isValidSignature(signature, for: bytes)
    }

    var jsonWebKey: JSONWebKey { JSONWebKey(publicKey) }
}

/// A public key as RFC 7517 writes it.
struct JSONWebKey: Encodable, Sendable {
    let alg = SigningKey.algorithm
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
