/// The form fields of a token request, each sent once (RFC 6749 §4.4, RFC 7523 §2.2, RFC 8693 §2.1).
package struct TokenForm: Sendable {
    /// The fields that are read; others are passed over (RFC 6749 §3.2).
    package enum Field: String, CaseIterable, Sendable {
        case grantType = "grant_type"
        case assertionType = "client_assertion_type"
        case assertion = "client_assertion"
        case clientID = "client_id"
        case scope
        case subjectToken = "subject_token"
        case subjectTokenType = "subject_token_type"
        case requestedTokenType = "requested_token_type"
        case actorToken = "actor_token"
        /// NHS England's: a shorter life, in milliseconds.
        case lifetime = "_access_token_expiry_ms"
    }

    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    private static let idTokenType = "urn:ietf:params:oauth:token-type:id_token"
    static let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"

    let grant: TokenGrant
    let assertion: String
    let clientID: String?
    /// The wanted scopes, separated by spaces; nil for all.
    let scope: String?
    /// The id token; nil unless it is to be exchanged.
    let subjectToken: String?
    let lifetime: Duration

    /// Checks the form before any token is looked at.
    ///
    /// - Parameter fields: The fields by name.
    /// - Throws: ``TokenRefusal``.
    package init(_ fields: [String: String]) throws(TokenRefusal) {
        func value(_ field: Field) -> String? { fields[field.rawValue].flatMap { $0.isEmpty ? nil : $0 } }
        func required(_ field: Field) throws(TokenRefusal) -> String {
            guard let value = value(field) else { throw .invalidRequest("\(field.rawValue) is missing") }
            return value
        }
        guard let grant = TokenGrant(rawValue: try required(.grantType)) else {
            throw TokenRefusal(
                400,
                .unsupportedGrantType,
                "grant_type must be one of \(TokenGrant.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        self.grant = grant
        guard try required(.assertionType) == Self.assertionType else {
            throw .invalidRequest("client_assertion_type must be \(Self.assertionType)")
        }
        assertion = try required(.assertion)
        clientID = value(.clientID)
        scope = value(.scope)
        if grant == .tokenExchange {
            guard try required(.subjectTokenType) == Self.idTokenType else {
                throw .invalidRequest("subject_token_type must be \(Self.idTokenType)")
            }
            guard value(.requestedTokenType) ?? Self.accessTokenType == Self.accessTokenType else {
                throw .invalidRequest("requested_token_type must be \(Self.accessTokenType)")
            }
            guard value(.actorToken) == nil else {
                throw .invalidRequest("actor_token is not supported: nobody can act for somebody else here")
            }
            subjectToken = try required(.subjectToken)
        } else {
            subjectToken = nil
        }
        lifetime = try Self.lifetime(value(.lifetime))
    }

    private static func lifetime(_ text: String?) throws(TokenRefusal) -> Duration {
        guard let text else { return .seconds(TokenIssuer.maximumLifetime) }
        guard let milliseconds = Int64(text), milliseconds >= 1000 else {
            throw .invalidRequest("_access_token_expiry_ms must be a whole number of milliseconds, 1000 at least")
        }
        return .milliseconds(milliseconds)
    }
}
