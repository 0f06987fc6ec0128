/// A registered client's name, as in the claims `client_id` and `sub`: 1 to 255 visible ASCII characters, compared
/// exactly.
package struct ClientID: Hashable, Sendable, CustomStringConvertible {
    /// The text, as it stands in tokens.
    package let rawValue: String

    /// Fails when the text is empty, longer than 255 characters, or holds anything but visible ASCII.
    package init?(_ text: some StringProtocol) {
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        rawValue = String(text)
    }

    /// The text; safe to log.
    package var description: String { rawValue }
}

/// A token's `jti`: what audit and revocation name it by; it is no secret and grants nothing.
package struct TokenID: Hashable, Sendable, CustomStringConvertible {
    /// The text, as it stands in tokens.
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    /// The text; safe to log.
    package var description: String { rawValue }
}

/// Name of a signing key (`kid`): the RFC 7638 thumbprint of its public half.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
    /// The text, as it stands in tokens.
    package let rawValue: String

    init(_ rawValue: String) { self.rawValue = rawValue }

    /// The text; safe to log.
    package var description: String { rawValue }
}
