import Crypto
import Foundation

/// The SHA-256 of a client certificate as tokens name it: `x5t#S256`, base64url without padding (A-24, RFC 8705).
package enum CertificateThumbprint {
    /// A thumbprint in the form of tokens, out of that form or of hexadecimal digits with or without colons, which
    /// `openssl x509 -fingerprint -sha256` prints; nil for anything else.
    package static func normalised(_ text: some StringProtocol) -> String? {
        if let bytes = Base64URL.decode(Array(text.utf8)), bytes.count == SHA256.byteCount { return String(text) }
        let digits = String(text.filter { $0 != ":" })
        guard digits.utf8.count == 2 * SHA256.byteCount, digits.allSatisfy(\.isHexDigit) else { return nil }
        var bytes: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return Base64URL.encode(bytes)
    }

    /// The thumbprint of the first certificate of a PEM text; nil where there is none.
    package static func ofPEM(_ text: String) -> String? {
        guard let start = text.range(of: "-----BEGIN CERTIFICATE-----"),
            let end = text.range(of: "-----END CERTIFICATE-----", range: start.upperBound..<text.endIndex),
            let der = Data(
                base64Encoded: String(text[start.upperBound..<end.lowerBound]),
                options: .ignoreUnknownCharacters
            ), !der.isEmpty
        else { return nil }
        return Base64URL.encode(SHA256.hash(data: der))
    }
}
