import Crypto
package import Foundation

/// Turns an `Authorization` header into a ``Caller``: A-20 rows 1 to 9 in their order, the first failure wins.
///
/// Verification is local: no request, no database. Revocation and registration of the client (row 10) come after
/// it.
package struct TokenVerifier: Sendable {
    /// How far clocks may be apart, in seconds, in either direction.
    private static let tolerance: TimeInterval = 10

    private let issuer: TrustedIssuer
    private let verifiedTokens = VerifiedTokens()
    private let now: @Sendable () -> Date

    /// Trusts the built-in issuer and nobody else.
    ///
    /// - Parameters:
    ///   - keys: The hub's signing keys; all published ones verify, whichever signs today.
    ///   - issuer: The only accepted `iss`.
    ///   - audience: What `aud` must contain.
    ///   - now: The clock.
    package init(keys: SigningKeys, issuer: String, audience: String, now: @escaping @Sendable () -> Date) {
        self.issuer = TrustedIssuer(
            name: issuer,
            audience: audience,
            maximumLifetime: TimeInterval(TokenIssuer.maximumLifetime),
            keys: keys.verificationKeys
        )
        self.now = now
    }

    /// Verifies the values of all `Authorization` headers of a request: two are as bad as none (A-20 row 1).
    package func verify(authorizationHeaders: some Collection<String>) async throws(AccessError) -> Caller {
        guard authorizationHeaders.count <= 1 else { throw .malformedAuthorization }
        return try await verify(authorizationHeader: authorizationHeaders.first)
    }

    /// Verifies the value of the only `Authorization` header.
    ///
    /// Asynchronous because issuers whose keys are fetched (row 5) will be trusted here too.
    package func verify(authorizationHeader: String?) async throws(AccessError) -> Caller {
        guard let authorizationHeader else { throw .missingToken }
        let text = try Self.bearerToken(in: authorizationHeader)
        let token: AccessToken
        do throws(TokenFault) {
            token = try self.token(text)
        } catch {
            throw .invalidToken(error)
        }
        return try caller(token)
    }

    /// Row 1: the scheme in any letter case, one space or more, one token, nothing else (RFC 9110 §11.4).
    private static func bearerToken(in header: String) throws(AccessError) -> Substring {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", !words[1].contains(",") else {
            throw .malformedAuthorization
        }
        return words[1]
    }

    /// Rows 2 to 9, from memory when these very bytes passed them before; the end of the token's time is asked anew.
    private func token(_ text: Substring) throws(TokenFault) -> AccessToken {
        // Before anything is computed over what anybody may send.
        guard text.utf8.count <= CompactToken.maximumBytes else { throw .tooLarge }
        let digest = SHA256.hash(data: Array(text.utf8))
        if let token = verifiedTokens[digest] {
            guard token.expires.timeIntervalSince1970 > now().timeIntervalSince1970 - Self.tolerance else {
                throw .expired
            }
            return token
        }
        let token = try verified(CompactToken(parsing: text))
        verifiedTokens.insert(token, for: digest, now: now())
        return token
    }

    /// Rows 3 to 9, of which nothing but `iss` is looked at in the claims before the signature holds.
    private func verified(_ token: CompactToken) throws(TokenFault) -> AccessToken {
        guard try token.header.text("alg") == SigningKey.algorithm else { throw .algorithm }
        guard try token.claims.text(Claim.issuer) == issuer.name else { throw .issuer }
        guard let kid = try token.header.text("kid"), let key = issuer.keys[KeyID(kid)] else { throw .key }
        guard key.isValid(token.signature, for: token.signedBytes) else { throw .signature }
        guard try token.claims.texts(Claim.audience).contains(issuer.audience) else { throw .audience }
        try checkTimes(token.claims)
        guard try token.header.text("typ") == AccessToken.type else { throw .type }
        return try AccessToken(claims: token.claims)
    }

    /// Row 8: `exp`, `nbf`, `iat` and the distance between them, in seconds since 1970.
    private func checkTimes(_ claims: ClaimSet) throws(TokenFault) {
        guard let expires = try claims.integer(Claim.expires), let issuedAt = try claims.integer(Claim.issuedAt) else {
            throw .missingClaim
        }
        let now = now().timeIntervalSince1970
        guard Double(expires) > now - Self.tolerance else { throw .expired }
        let latestStart = max(issuedAt, try claims.integer(Claim.notBefore) ?? issuedAt)
        guard Double(latestStart) <= now + Self.tolerance else { throw .notYetValid }
        guard Double(expires) - Double(issuedAt) <= issuer.maximumLifetime else { throw .lifetime }
    }

    /// a patient's token says who the patient is and how well that was established.
    private func caller(_ token: AccessToken) throws(AccessError) -> Caller {
        if token.mode == .patient, token.nhsNumber == nil || token.vectorOfTrust == nil { throw .insufficientIdentity }
        return Caller(
            clientID: token.clientID,
            subject: token.subject,
            mode: token.mode,
            scopes: token.scopes,
            nhsNumber: token.mode == .patient ? token.nhsNumber : nil,
            tokenID: token.tokenID,
            expires: token.expires
        )
    }
}

/// What is believed of one issuer: its exact name, its keys and the bounds of its tokens.
struct TrustedIssuer: Sendable {
    let name: String
    let audience: String
    /// Seconds between `iat` and `exp`.
    let maximumLifetime: TimeInterval
    /// A key knows its algorithm, so a token cannot choose another one for it.
    let keys: [KeyID: VerificationKey]
}
