/// Why the token endpoint refuses a request: an error of RFC 6749 §5.2 and RFC 7521 §4.2.1, with the status that NHS England's
/// platform gives for it.
package struct TokenRefusal: Error, Hashable, Sendable {
    /// `error`.
    package enum Code: String, Hashable, Sendable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case invalidScope = "invalid_scope"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
    }

    /// HTTP status.
    package let status: Int
    package let code: Code
    /// `error_description`: names the field, header or claim and says what to do; never a value of the request.
    package let description: String
    /// The client that the assertion names, which may be anybody's claim; for the audit.
    package var client: ClientID?

    package init(_ status: Int, _ code: Code, _ description: String) {
        self.status = status
        self.code = code
        self.description = description
    }

    /// A form that is not as it must be.
    package static func invalidRequest(_ description: String) -> Self { Self(400, .invalidRequest, description) }

    /// A fault of the assertion.
    static func invalidClient(_ status: Int, _ description: String) -> Self {
        Self(status, .invalidClient, description)
    }

    /// A fault of the id token.
    static func invalidGrant(_ status: Int, _ description: String) -> Self { Self(status, .invalidGrant, description) }
}

extension TokenRefusal {
    /// A token that cannot be taken apart, or whose member is of another type, as the form field at fault.
    init(_ fault: TokenFault, of field: TokenForm.Field, _ code: Code) {
        let problem =
            switch fault {
            case .tooLarge: "is larger than 16 KiB"
            case .duplicateMember: "repeats a member of its header or claims"
            case .headerParameter: "has a header parameter that is not accepted (crit, jku, jwk, x5u, x5c)"
            case .claimType: "has a header parameter or claim of the wrong type"
            default: "is not a well-formed JWT in compact form"
            }
        self.init(400, code, "\(field.rawValue) \(problem)")
    }
}
