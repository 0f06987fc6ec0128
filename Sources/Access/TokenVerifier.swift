import Crypto
package import Foundation

/// Turns an `Authorization` header into a ``Caller``: A-20 rows 1 to 9 in their order, the first failure wins.
///
/// Verification is local: no request but now and then one for an issuer's keys, no database. What the client's
/// registration says (rows 10, 11, 13) comes after it: ``Caller/registered(as:showing:policy:)``.
package struct TokenVerifier: Sendable {
    /// How far clocks may be apart, in seconds, in either direction.
    private static let tolerance: TimeInterval = 10

    private let issuers: [String: TrustedIssuer]
    /// What any of the issuers may sign with.
    private let algorithms: Set<SignatureAlgorithm>
    private let keySets: KeySetCache
    private let verifiedTokens = VerifiedTokens()
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - issuers: Whose tokens are accepted; no two of one name.
    ///   - keySets: Where keys are fetched that are not at hand.
    ///   - now: The clock.
    package init(issuers: [TrustedIssuer], keySets: KeySetCache, now: @escaping @Sendable () -> Date) {
        self.issuers = Dictionary(issuers.map { ($0.name, $0) }) { first, _ in first }
        algorithms = issuers.reduce(into: []) { $0.formUnion($1.algorithms) }
        self.keySets = keySets
        self.now = now
    }

    /// Verifies the values of all `Authorization` headers of a request: two are as bad as none (A-20 row 1).
    package func verify(authorizationHeaders: some Collection<String>) async throws(AccessError) -> Caller {
        guard authorizationHeaders.count <= 1 else { throw .malformedAuthorization }
        return try await verify(authorizationHeader: authorizationHeaders.first)
    }

    /// Verifies the value of the only `Authorization` header.
    package func verify(authorizationHeader: String?) async throws(AccessError) -> Caller {
        guard let authorizationHeader else { throw .missingToken }
        let text = try Self.bearerToken(in: authorizationHeader)
        let token: AccessToken
        do throws(TokenFault) {
            token = try await self.token(text)
        } catch {
            throw .invalidToken(error)
        }
        return Caller(token)
    }

    /// Row 1: the scheme in any letter case, one space or more, one token, nothing else (RFC 9110 §11.4).
    private static func bearerToken(in header: String) throws(AccessError) -> Substring {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", !words[1].contains(",") else {
            throw .malformedAuthorization
        }
        return words[1]
    }

    /// Rows 2 to 9, from memory when these very bytes passed them a moment before; the end of the token's time is asked anew.
    private func token(_ text: Substring) async throws(TokenFault) -> AccessToken {
        // Before anything is computed over what anybody may send.
        guard text.utf8.count <= CompactToken.maximumBytes else { throw .tooLarge }
        let digest = SHA256.hash(data: Array(text.utf8))
        if let token = verifiedTokens.token(digest, at: now()) {
            guard token.expires.timeIntervalSince1970 > now().timeIntervalSince1970 - Self.tolerance else {
                throw .expired
            }
            return token
        }
        let token = try await verified(CompactToken(parsing: text))
        verifiedTokens.insert(token, for: digest, now: now())
        return token
    }

    /// Rows 3 to 9, of which nothing but `iss` is looked at in the claims before the signature holds.
    private func verified(_ token: CompactToken) async throws(TokenFault) -> AccessToken {
        guard let name = try token.header.text("alg"), let algorithm = SignatureAlgorithm(rawValue: name),
            algorithms.contains(algorithm)
        else { throw .algorithm }
        guard let issuer = try token.claims.text(Claim.issuer).flatMap({ issuers[$0] }) else { throw .issuer }
        guard issuer.algorithms.contains(algorithm) else { throw .algorithm }
        guard let kid = try token.header.text("kid"), !kid.isEmpty else { throw .key }
        guard let key = try await key(kid, algorithm, issuer) else { throw .key }
        guard key.isValid(token.signature, for: token.signedBytes, by: algorithm) else { throw .signature }
        guard try !issuer.audiences.isDisjoint(with: token.claims.texts(Claim.audience)) else { throw .audience }
        try checkTimes(token.claims, of: issuer)
        guard let type = try token.header.text("typ"), issuer.types.contains(type) else { throw .type }
        return try AccessToken(claims: token.claims, from: issuer)
    }

    private func key(
        _ kid: String,
        _ algorithm: SignatureAlgorithm,
        _ issuer: TrustedIssuer
    ) async throws(TokenFault) -> VerificationKey? {
        do {
            return try await keySets.key(kid, for: algorithm, from: issuer.keys)
        } catch {
            // Keys that cannot be had are no keys: nobody is let in for that.
            throw .keysUnavailable
        }
    }

    /// Row 8: `exp`, `nbf`, `iat` and the distance between them, in seconds since 1970.
    private func checkTimes(_ claims: ClaimSet, of issuer: TrustedIssuer) throws(TokenFault) {
        guard let expires = try claims.integer(Claim.expires), let issuedAt = try claims.integer(Claim.issuedAt) else {
            throw .missingClaim
        }
        let now = now().timeIntervalSince1970
        guard Double(expires) > now - Self.tolerance else { throw .expired }
        let latestStart = max(issuedAt, try claims.integer(Claim.notBefore) ?? issuedAt)
        guard Double(latestStart) <= now + Self.tolerance else { throw .notYetValid }
        guard Double(expires) - Double(issuedAt) <= issuer.maximumLifetime else { throw .lifetime }
    }
}
