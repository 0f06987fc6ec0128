package import Foundation

/// The claims of an access token (A-17, RFC 9068).
package struct AccessToken: Hashable, Sendable {
    /// `typ` of the header: what keeps an id token or another JWT from passing as an access token.
    static let type = "at+jwt"

    /// `iss`.
    package let issuer: String
    /// `sub`: the client's id, or the identity provider's subject.
    package let subject: String
    /// `aud`; one value in tokens of this issuer.
    package let audience: [String]
    /// `client_id`.
    package let clientID: ClientID
    /// `iat`, whole seconds.
    package let issuedAt: Date
    /// `nbf`; this issuer sets none.
    package let notBefore: Date?
    /// `exp`, whole seconds.
    package let expires: Date
    /// `jti`.
    package let tokenID: TokenID
    /// `scope`, cut down to what counts in ``mode``.
    package let scopes: Scopes
    /// `mode`, or the narrowest that the scopes name (§11).
    package let mode: AccessMode
    /// `nhs_number`, if it is a valid one.
    package let nhsNumber: PatientNumber?
    /// `vot`, if it is an accepted one.
    package let vectorOfTrust: VectorOfTrust?
    /// `auth_time`: when the person was authenticated.
    package var authenticatedAt: Date?
    /// What is said of a healthcare worker; nil in other modes.
    package var worker: Worker?
    /// `cnf.x5t#S256`: the only certificate the token may be used with (RFC 8705).
    package var certificateThumbprint: String?
    /// `herald_operator`: made with the signing key beside the hub, for a client that need not be registered.
    package var isOperators = false
    /// Whether the hub itself issued it; no claim.
    package var isOwn = true
}

/// Names of the claims as they stand in the token.
enum Claim {
    static let issuer = "iss"
    static let subject = "sub"
    static let audience = "aud"
    static let clientID = "client_id"
    static let issuedAt = "iat"
    static let notBefore = "nbf"
    static let expires = "exp"
    static let tokenID = "jti"
    static let scope = "scope"
    static let mode = "mode"
    static let nhsNumber = "nhs_number"
    static let vectorOfTrust = "vot"
    static let identityProofingLevel = "identity_proofing_level"
    static let authenticatedAt = "auth_time"
    static let assurance = "aal"
    static let workerID = "sds_user_id"
    static let roles = "roles"
    static let confirmation = "cnf"
    static let thumbprint = "x5t#S256"
    static let isOperators = "herald_operator"
}
