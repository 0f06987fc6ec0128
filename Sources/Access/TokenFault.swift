/// What is wrong with a token, as a closed set for metrics, audit and tests.
package enum TokenFault: String, Error, Hashable, Sendable, CaseIterable {
    /// Above 16 KiB.
    case tooLarge
    /// Not three parts of base64url with JSON objects (row 2).
    case malformed
    /// A member name occurs twice.
    case duplicateMember
    /// A parameter that would choose key or rules.
    case headerParameter
    /// A value of another type than expected (A-20a).
    case claimType
    /// A claim that must be there is not.
    case missingClaim
    /// Another algorithm than the key has (row 3).
    case algorithm
    /// An issuer that is not configured (row 4).
    case issuer
    /// A `kid` that is not published (row 5).
    case key
    /// The issuer's keys cannot be fetched (row 5, A-04).
    case keysUnavailable
    /// A signature that does not hold (row 6).
    case signature
    /// Meant for another service (row 7).
    case audience
    /// Its time is over (row 8).
    case expired
    /// Issued or valid in the future (row 8).
    case notYetValid
    /// A longer life than the issuer may give (row 8).
    case lifetime
    /// Another `typ` than an access token has (row 9).
    case type
    /// An unknown `mode` (A-20a).
    case mode
    /// No `scope` claim, as in an id token (row 9).
    case scope
    /// Bound to something other than a certificate (`cnf`, row 11).
    case confirmation
}

extension TokenFault: CustomStringConvertible {
    /// One sentence that names the check and not the token's content.
    package var description: String {
        switch self {
        case .tooLarge: "The access token is larger than 16 KiB."
        case .malformed: "The access token is not a well-formed JWS in compact form."
        case .duplicateMember: "The access token repeats a member of its header or claims."
        case .headerParameter:
            "The access token has a header parameter that is not accepted (crit, jku, jwk, x5u, x5c)."
        case .claimType: "A header parameter or claim of the access token has the wrong type."
        case .missingClaim: "The access token lacks a required claim."
        case .algorithm: "The access token is signed with an algorithm that is not accepted."
        case .issuer: "The access token comes from an unknown issuer."
        case .key: "The access token is signed with an unknown key."
        case .keysUnavailable: "The keys of the access token's issuer cannot be had at the moment; try again later."
        case .signature: "The signature of the access token does not hold."
        case .audience: "The access token was issued for another service."
        case .expired: "The access token has expired."
        case .notYetValid: "The access token is not valid yet."
        case .lifetime: "The access token lives longer than is allowed."
        case .type: "The token is not an access token (typ at+jwt)."
        case .mode: "The access token has an unknown mode."
        case .scope: "The access token has no scope."
        case .confirmation: "The access token is bound in a way that is not supported (cnf without x5t#S256)."
        }
    }
}
