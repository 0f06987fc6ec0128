/// Why a caller is refused: what the HTTP edge needs for status, challenge and `OperationOutcome`, and nothing about
/// patients.
package enum AccessError: Error, Hashable, Sendable {
    /// No `Authorization` header was sent (A-20 row 1).
    case missingToken
    /// The `Authorization` header is repeated, has another scheme, or does not hold exactly one token (A-20 row 1).
    case malformedAuthorization
    /// A token came in the query or in a form, where it ends up in logs (A-20 row 1). Thrown by the HTTP edge.
    case tokenOutsideHeader
    /// The token is not one this hub accepts (A-20 rows 2 to 9).
    case invalidToken(TokenFault)
    /// The client of the token is not registered (A-20 row 10).
    case unknownClient
    /// The client of the token is switched off (A-20 row 10).
    case disabledClient
    /// The token was revoked (A-20 row 10).
    case revokedToken
    /// The token, or its client, is bound to a certificate that was not shown (A-20 row 11, A-24).
    case certificate
    /// The token is good, but no scope of its own mode covers the interaction (A-20 row 12).
    case insufficientScope(required: Scope)
    /// A patient token without a valid NHS number or an allowed vector of trust.
    case insufficientIdentity
    /// A worker without the assurance, role or activity that is required.
    case worker(WorkerFault)
    /// A patient token that names somebody else's record.
    case otherPatient
}

extension AccessError {
    /// HTTP status: 401 where another token would help, 403 where it is the rights that are missing.
    package var statusCode: Int {
        switch self {
        case .missingToken, .malformedAuthorization, .tokenOutsideHeader, .invalidToken, .unknownClient,
            .disabledClient, .revokedToken, .certificate:
            401
        case .insufficientScope, .insufficientIdentity, .worker, .otherPatient: 403
        }
    }

    /// `OperationOutcome.issue.code` (FHIR R4 issue-type).
    package var issueCode: String {
        switch self {
        case .invalidToken(.expired): "expired"
        case .missingToken, .malformedAuthorization, .tokenOutsideHeader, .invalidToken, .unknownClient,
            .disabledClient, .revokedToken, .certificate:
            "login"
        case .insufficientScope, .insufficientIdentity, .worker, .otherPatient: "forbidden"
        }
    }

    /// Value of `WWW-Authenticate` (RFC 6750 §3); `nil` where no other token would be accepted either.
    package var wwwAuthenticate: String? {
        let challenge = "Bearer realm=\"herald\""
        return switch self {
        // RFC 6750 §3.1: without a token in the request there is no error code in the challenge.
        case .missingToken, .malformedAuthorization, .tokenOutsideHeader: challenge
        case .invalidToken, .unknownClient, .disabledClient, .revokedToken, .certificate:
            "\(challenge), error=\"invalid_token\", error_description=\"\(description)\""
        case .insufficientScope(let scope): "\(challenge), error=\"insufficient_scope\", scope=\"\(scope)\""
        case .insufficientIdentity, .worker, .otherPatient: nil
        }
    }
}

extension AccessError: CustomStringConvertible {
    /// One sentence for the caller; safe to log, free of quotes, claims and patient data.
    package var description: String {
        switch self {
        case .missingToken: "An access token is needed: send Authorization: Bearer followed by the token."
        case .malformedAuthorization: "The Authorization header must be sent once and hold Bearer and one token."
        case .tokenOutsideHeader: "Access tokens are taken from the Authorization header only."
        case .invalidToken(let fault): fault.description
        case .unknownClient: "The client of this access token is not registered; ask the operator of the hub."
        case .revokedToken: "This access token was revoked; get a new one."
        case .certificate: "The access token is bound to a client certificate that was not shown."
        case .disabledClient: "The client of this access token is switched off; ask the operator of the hub."
        case .insufficientScope(let scope): "The access token does not cover \(scope)."
        case .insufficientIdentity: "The access token does not identify a patient well enough."
        case .worker(let fault): fault.description
        case .otherPatient: "A patient may only use their own records."
        }
    }
}
