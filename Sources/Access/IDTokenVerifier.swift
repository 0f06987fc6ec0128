package import Foundation

/// Checks the id token of a token exchange: whose it is, that it was made for the client that shows it, and that the
/// person was authenticated well enough.
package struct IDTokenVerifier: Sendable {
    /// A person, as an identity provider vouches for them.
    struct Person: Sendable {
        let subject: TokenSubject
        let authenticatedAt: Date?
        /// When a token for this person must end at the latest.
        let latestEnd: Date?
    }

    private static let tolerance: TimeInterval = 10

    private let providers: [String: IdentityProvider]
    private let keySets: KeySetCache
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - providers: Whose id tokens are taken; no two of one issuer.
    ///   - keySets: Where their keys are fetched.
    ///   - now: The clock.
    package init(providers: [IdentityProvider], keySets: KeySetCache, now: @escaping @Sendable () -> Date) {
        self.providers = Dictionary(providers.map { ($0.issuer, $0) }) { first, _ in first }
        self.keySets = keySets
        self.now = now
    }

    /// The person of the id token.
    ///
    /// - Parameters:
    ///   - text: The id token.
    ///   - client: The client that wants to act for the person; its assertion has been checked.
    /// - Returns: The person.
    /// - Throws: ``TokenRefusal``.
    func person(_ text: String, for client: RegisteredClient) async throws(TokenRefusal) -> Person {
        do {
            return try await verified(text, client)
        } catch let fault as TokenFault {
            throw TokenRefusal(fault, of: .subjectToken, .invalidGrant)
        } catch let refusal as TokenRefusal {
            throw refusal
        } catch {
            throw .invalidGrant(400, "subject_token cannot be used")
        }
    }

    private func verified(_ text: String, _ client: RegisteredClient) async throws -> Person {
        let token = try CompactToken(parsing: text)
        guard let provider = try token.claims.text(Claim.issuer).flatMap({ providers[$0] }) else {
            throw TokenRefusal.invalidGrant(400, "iss of the subject_token is not an identity provider trusted here")
        }
        guard let algorithm = try token.header.text("alg").flatMap({ SignatureAlgorithm(rawValue: $0) }),
            provider.algorithms.contains(algorithm)
        else { throw TokenRefusal.invalidGrant(400, "alg of the subject_token is not accepted") }
        guard let kid = try token.header.text("kid"), !kid.isEmpty else {
            throw TokenRefusal.invalidGrant(400, "kid of the subject_token is missing")
        }
        // Another type of token that the provider signs (a logout token, an access token) is no proof of a login.
        guard try token.header.text("typ")?.lowercased() == "jwt" else {
            throw TokenRefusal.invalidGrant(400, "typ of the subject_token must be JWT")
        }
        let key: VerificationKey?
        do {
            key = try await keySets.key(kid, for: algorithm, from: provider.keys)
        } catch {
            throw TokenRefusal.invalidGrant(
                401,
                "the identity provider's keys cannot be had at the moment; try again later"
            )
        }
        guard let key else { throw TokenRefusal.invalidGrant(401, "kid of the subject_token is unknown") }
        guard key.isValid(token.signature, for: token.signedBytes, by: algorithm) else {
            throw TokenRefusal.invalidGrant(401, "the signature of the subject_token does not hold")
        }
        let expires = try checkTimes(token.claims)
        // Every audience, so that a token that another party was given too cannot be passed on by that party.
        let audiences = try token.claims.texts(Claim.audience)
        guard !audiences.isEmpty, client.idpClientIDs.isSuperset(of: audiences) else {
            throw TokenRefusal.invalidGrant(401, "the subject_token was issued to another party than this client (aud)")
        }
        guard !token.claims.contains("act") else {
            throw TokenRefusal.invalidGrant(400, "act of the subject_token: acting for somebody else is not supported")
        }
        let subject =
            switch provider.kind {
            case .nhsLogin: try patient(token.claims, client)
            case .cis2: try worker(token.claims, provider)
            }
        let authenticatedAt = try token.claims.integer(Claim.authenticatedAt)
        return Person(
            subject: subject,
            authenticatedAt: authenticatedAt.map { Date(timeIntervalSince1970: Double($0)) },
            latestEnd: provider.kind == .nhsLogin ? expires : nil
        )
    }

    private func checkTimes(_ claims: ClaimSet) throws -> Date {
        guard let expires = try claims.integer(Claim.expires) else {
            throw TokenRefusal.invalidGrant(400, "exp of the subject_token is missing")
        }
        let now = now().timeIntervalSince1970
        // No tolerance: the access token must not outlive it, and would be over before it is used.
        guard Double(expires) > now else { throw TokenRefusal.invalidGrant(400, "the subject_token has expired") }
        for name in [Claim.issuedAt, Claim.notBefore] {
            guard try Double(claims.integer(name) ?? 0) <= now + Self.tolerance else {
                throw TokenRefusal.invalidGrant(400, "\(name) of the subject_token is in the future")
            }
        }
        return Date(timeIntervalSince1970: Double(expires))
    }

    private func patient(_ claims: ClaimSet, _ client: RegisteredClient) throws -> TokenSubject {
        guard let subject = try claims.text(Claim.subject), !subject.isEmpty else {
            throw TokenRefusal.invalidGrant(400, "sub of the subject_token is missing")
        }
        guard let number = try claims.text(Claim.nhsNumber).flatMap({ PatientNumber($0) }) else {
            throw TokenRefusal.invalidGrant(400, "nhs_number of the subject_token is missing or not valid")
        }
        guard let vector = try claims.text(Claim.vectorOfTrust).flatMap({ VectorOfTrust(rawValue: $0) }),
            vector.level >= client.minimumProofing
        else {
            throw TokenRefusal(401, .unauthorizedClient, "the person was not authenticated strongly enough (vot)")
        }
        // `vot` speaks of this login, the level of the best the person ever reached: it cannot be lower.
        guard let highest = try claims.text(Claim.identityProofingLevel).flatMap({ ProofingLevel(rawValue: $0) }),
            vector.level <= highest
        else {
            throw TokenRefusal(401, .unauthorizedClient, "vot of the subject_token exceeds its identity_proofing_level")
        }
        return .patient(id: subject, nhsNumber: number, vectorOfTrust: vector)
    }

    private func worker(_ claims: ClaimSet, _ provider: IdentityProvider) throws -> TokenSubject {
        guard let subject = try claims.text(Claim.subject), !subject.isEmpty else {
            throw TokenRefusal.invalidGrant(400, "sub of the subject_token is missing")
        }
        let level = try Self.assurance(claims)
        guard level >= provider.minimumAssurance else {
            throw TokenRefusal(
                401,
                .unauthorizedClient,
                "the worker was not authenticated strongly enough (authentication_assurance_level)"
            )
        }
        let roles = try claims.objects("nhsid_nrbac_roles").compactMap { role throws(TokenFault) -> Worker.Role? in
            guard let id = try role.text("person_roleid"), let organisation = try role.text("org_code"),
                let code = try role.text("role_code")
            else { return nil }
            let activities = Set(try role.texts("activity_codes"))
            return Worker.Role(id: id, organisation: organisation, code: code, activities: activities)
        }
        let userID = try claims.text("nhsid_useruid") ?? subject
        return .user(id: subject, worker: Worker(userID: userID, assurance: level, roles: roles))
    }

    /// CIS2 writes the level as text, its specification as a number.
    private static func assurance(_ claims: ClaimSet) throws(TokenFault) -> Int {
        let name = "authentication_assurance_level"
        if let text = claims.textValue(name) { return Int(text) ?? 0 }
        return try claims.integer(name).map { Int(clamping: $0) } ?? 0
    }
}
