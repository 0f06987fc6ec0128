import Foundation

extension AccessToken {
    /// Reads the claims, each with its type checked (A-20a); whether they hold is the verifier's question.
    init(claims: ClaimSet) throws(TokenFault) {
        func text(_ name: String) throws(TokenFault) -> String {
            guard let text = try claims.text(name), !text.isEmpty else { throw .missingClaim }
            return text
        }
        func date(_ name: String) throws(TokenFault) -> Date? {
            try claims.integer(name).map { Date(timeIntervalSince1970: Double($0)) }
        }
        issuer = try text(Claim.issuer)
        subject = try text(Claim.subject)
        audience = try claims.texts(Claim.audience)
        guard let clientID = ClientID(try text(Claim.clientID)) else { throw .claimType }
        self.clientID = clientID
        guard let issuedAt = try date(Claim.issuedAt), let expires = try date(Claim.expires) else {
            throw .missingClaim
        }
        self.issuedAt = issuedAt
        self.expires = expires
        notBefore = try date(Claim.notBefore)
        tokenID = TokenID(try text(Claim.tokenID))
        // An id token has no `scope`; a token without any must not pass as one with few rights (A-20 row 9).
        guard let scope = try claims.text(Claim.scope) else { throw .scope }
        let scopes = Scopes(parsing: scope)
        mode = try claims.text(Claim.mode).map(Self.mode) ?? scopes.narrowestMode
        self.scopes = scopes.restricted(to: mode)
        nhsNumber = try claims.text(Claim.nhsNumber).flatMap { PatientNumber($0) }
        vectorOfTrust = try claims.text(Claim.vectorOfTrust).flatMap(VectorOfTrust.init(rawValue:))
    }

    private static func mode(_ text: String) throws(TokenFault) -> AccessMode {
        guard let mode = AccessMode(rawValue: text) else { throw .mode }
        return mode
    }
}
