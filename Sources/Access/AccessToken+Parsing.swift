import Foundation

extension AccessToken {
    /// Reads the claims, each with its type checked (A-20a); whether they hold is the verifier's question.
    init(claims: ClaimSet, from trusted: TrustedIssuer) throws(TokenFault) {
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
        guard let clientID = ClientID(try text(trusted.clientIDClaim)) else { throw .claimType }
        self.clientID = clientID
        guard let issuedAt = try date(Claim.issuedAt), let expires = try date(Claim.expires) else {
            throw .missingClaim
        }
        self.issuedAt = issuedAt
        self.expires = expires
        notBefore = try date(Claim.notBefore)
        tokenID = TokenID(try text(Claim.tokenID))
        // An id token has no `scope`; a token without any must not pass as one with few rights (A-20 row 9).
        guard let scope = try claims.text(trusted.scopeClaim) else { throw .scope }
        let scopes = trusted.scopeMap.parse(scope)
        let stated = try claims.text(Claim.mode).map(Self.mode)
        // An issuer for patients cannot make a system's token, whatever the token says.
        if let stated, let only = trusted.kind.mode, stated != only { throw .mode }
        mode = stated ?? trusted.kind.mode ?? scopes.narrowestMode
        self.scopes = scopes.restricted(to: mode)
        nhsNumber = try claims.text(Claim.nhsNumber).flatMap { PatientNumber($0) }
        vectorOfTrust = try claims.text(Claim.vectorOfTrust).flatMap(VectorOfTrust.init(rawValue:))
        authenticatedAt = try date(Claim.authenticatedAt)
        worker = mode == .user ? try Worker(claims: claims) : nil
        if let confirmation = try claims.members(Claim.confirmation) {
            // A binding of another kind cannot be checked here, and must not be passed over.
            guard let thumbprint = try confirmation.text(Claim.thumbprint) else { throw .confirmation }
            certificateThumbprint = thumbprint
        }
        isOwn = trusted.isBuiltIn
        let isMarked = try claims.flag(Claim.isOperators)
        isOperators = isOwn && isMarked == true
    }

    private static func mode(_ text: String) throws(TokenFault) -> AccessMode {
        guard let mode = AccessMode(rawValue: text) else { throw .mode }
        return mode
    }
}

extension Worker {
    /// The claims of A-17.
    fileprivate init(claims: ClaimSet) throws(TokenFault) {
        var roles: [Role] = []
        for object in try claims.objects(Claim.roles) {
            guard let id = try object.text("id"), let organisation = try object.text("org"),
                let code = try object.text("code")
            else { throw .missingClaim }
            let activities = Set(try object.texts("activities"))
            roles.append(Role(id: id, organisation: organisation, code: code, activities: activities))
        }
        self.init(
            userID: try claims.text(Claim.workerID),
            assurance: try claims.integer(Claim.assurance).map { Int(clamping: $0) } ?? 0,
            roles: roles
        )
    }
}
