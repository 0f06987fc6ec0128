import Access
import Crypto
import Foundation

/// The hub's own key: Ed25519, Standard Webhooks' `v1a`; receivers need the public half alone (D-62).
package struct WebhookSigningKey: Sendable {
    private let privateKey: Curve25519.Signing.PrivateKey
    package let publicKey: WebhookPublicKey

    init(_ privateKey: Curve25519.Signing.PrivateKey = Curve25519.Signing.PrivateKey()) {
        self.privateKey = privateKey
        publicKey = WebhookPublicKey(privateKey.publicKey)
    }

    /// `whsk_` and base64 of seed and public key; nil where they do not belong together.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            data.count == 64, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: data.prefix(32)),
            key.publicKey.rawRepresentation == data.suffix(32)
        else { return nil }
        self.init(key)
    }

    /// The key as it is kept; never shown.
    var plainText: String {
        Self.prefix + (privateKey.rawRepresentation + privateKey.publicKey.rawRepresentation).base64EncodedString()
    }

    /// `v1a,` and the signature.
    package func signature(of content: WebhookContent) throws -> String {
        WebhookPublicKey.version + (try privateKey.signature(for: content.bytes)).base64EncodedString()
    }

    private static let prefix = "whsk_"
}

extension WebhookSigningKey: CustomStringConvertible, CustomReflectable {
    /// The name only, never the key.
    package var description: String { publicKey.id }

    /// No children, so that a dump shows nothing either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The public half of the hub's key.
package struct WebhookPublicKey: Hashable, Sendable {
    private let bytes: [UInt8]
    /// RFC 7638 thumbprint: `kid` in the key set, and `Herald-Key-Id` beside a signature.
    package let id: String

    init(_ key: Curve25519.Signing.PublicKey) {
        bytes = Array(key.rawRepresentation)
        // RFC 8037 §2: the required members only, in this order.
        let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64URL.encode(bytes))"}"#
        id = Base64URL.encode(SHA256.hash(data: Array(members.utf8)))
    }

    /// 32 bytes; nil for anything else.
    package init?(bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return nil }
        self.init(key)
    }

    /// `whpk_` and base64 of 32 bytes; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count)))
        else { return nil }
        self.init(bytes: Array(data))
    }

    /// The key in the form that Standard Webhooks' libraries take.
    package var text: String { Self.prefix + Data(bytes).base64EncodedString() }

    func isValid(_ signature: some StringProtocol, of content: WebhookContent) -> Bool {
        guard signature.hasPrefix(Self.version),
            let code = Data(base64Encoded: String(signature.dropFirst(Self.version.count))),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return false }
        return key.isValidSignature(code, for: content.bytes)
    }

    private static let prefix = "whpk_"
    static let version = "v1a,"
}

extension WebhookPublicKey {
    /// A key as RFC 8037 writes it.
    private struct JSONWebKey: Codable {
        var alg: String? = "EdDSA"
        var crv: String? = "Ed25519"
        var kid: String?
        var kty: String
        var use: String? = "sig"
        var x: String?
    }

    private struct KeySet: Codable { var keys: [JSONWebKey] }

    /// A key set of these keys, as bytes of JSON (RFC 7517).
    package static func keySet(_ keys: [Self]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let set = KeySet(keys: keys.map { JSONWebKey(kid: $0.id, kty: "OKP", x: Base64URL.encode($0.bytes)) })
        return Array(try encoder.encode(set))
    }

    /// The Ed25519 keys of a key set; keys of other kinds are passed over.
    package static func keys(inSet bytes: some Collection<UInt8>) throws -> [Self] {
        try JSONDecoder().decode(KeySet.self, from: Data(bytes)).keys.compactMap { key in
            guard key.kty == "OKP", key.crv == "Ed25519" else { return nil }
            return key.x.flatMap { Base64URL.decode($0.utf8) }.flatMap { Self(bytes: $0) }
        }
    }
}
