import Foundation

/// An access token for SASL OAUTHBEARER, as somebody else's token endpoint issued it.
package struct KafkaBearerToken: Sendable {
    /// What brokers are shown: a compact JWT.
    let value: String
    /// Milliseconds since 1970 (UTC).
    let expiry: Int64
    /// Who it says the client is.
    let principal: String

    /// Reads subject and expiry out of a JWT; brokers check the signature.
    ///
    /// - Returns: Nil for anything that is no JWT with `exp`.
    package init?(_ text: String) {
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let claims = Self.claims(parts[1]), let expiry = claims.exp else { return nil }
        self.value = value
        self.expiry = Int64(expiry * 1000)
        principal = claims.sub ?? "herald"
    }

    private struct Claims: Decodable {
        let exp: Double?
        let sub: String?
    }

    private static func claims(_ part: Substring) -> Claims? {
        var base64 = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return Data(base64Encoded: base64).flatMap { try? JSONDecoder().decode(Claims.self, from: $0) }
    }
}
