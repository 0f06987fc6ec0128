import Crypto

/// The certificate that a client showed on its connection, checked against the listener's trust store.
package struct ClientCertificate: Hashable, Sendable {
    /// SHA-256 of the certificate's DER form in base64url without padding: what `cnf.x5t#S256` and a client's
    /// registration hold (RFC 8705 §3.1).
    package let thumbprint: String
    /// The subject's distinguished name (RFC 4514), for the audit; nil where a gateway passed on the thumbprint alone.
    package let subject: String?

    package init(thumbprint: String, subject: String? = nil) {
        self.thumbprint = thumbprint
        self.subject = subject
    }

    /// - Parameters:
    ///   - der: The certificate in DER form.
    ///   - subject: Its subject.
    package init(der: [UInt8], subject: String?) {
        self.init(thumbprint: Base64URL.encode(SHA256.hash(data: der)), subject: subject)
    }

    /// A thumbprint as gateways write it: base64url, or hexadecimal with or without colons.
    ///
    /// Fails for anything but the 32 bytes of a SHA-256.
    package init?(gatewayText text: String) {
        if let bytes = Base64URL.decode(Array(text.utf8)), bytes.count == 32 {
            self.init(thumbprint: text)
            return
        }
        let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.digit(digits[start]), let low = Self.digit(digits[start + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(thumbprint: Base64URL.encode(bytes))
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
