import Crypto
import Foundation

/// A secret that the hub shares with one subscription's endpoint: HMAC-SHA256, Standard Webhooks' `v1` (`delivery.md` §9).
package struct WebhookSecret: Hashable, Sendable {
    /// 24 to 64 bytes.
    package let bytes: [UInt8]

    /// `whsec_` and base64 of 24 to 64 bytes; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count)))
        else { return nil }
        self.init(bytes: Array(data))
    }

    package init?(bytes: [UInt8]) {
        guard (24...64).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    private init(key: SymmetricKey) { bytes = key.withUnsafeBytes { Array($0) } }

    /// A new one, of 32 random bytes.
    package static func random() -> Self { Self(key: SymmetricKey(size: .bits256)) }

    /// The secret in the form that libraries take; for its owner's eyes alone.
    package var plainText: String { Self.prefix + Data(bytes).base64EncodedString() }

    /// `v1,` and the signature.
    package func signature(of content: WebhookContent) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: content.bytes, using: SymmetricKey(data: bytes))
        return Self.version + Data(code).base64EncodedString()
    }

    /// Whether a signature is this secret's; takes the same time whatever it is compared with.
    func isValid(_ signature: some StringProtocol, of content: WebhookContent) -> Bool {
        guard signature.hasPrefix(Self.version),
            let code = Data(base64Encoded: String(signature.dropFirst(Self.version.count)))
        else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code,
            authenticating: content.bytes,
            using: SymmetricKey(data: bytes)
        )
    }

    private static let prefix = "whsec_"
    private static let version = "v1,"
}

extension WebhookSecret: CustomStringConvertible, CustomReflectable {
    package var description: String { "redacted" }

    /// No children, so that a dump shows nothing either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
