import Crypto
package import Foundation

/// Checks who calls the token endpoint: client assertions with `private_key_jwt`, in the order of A-12.
package struct AssertionVerifier: Sendable {
    /// How far clocks may be apart, in seconds, in either direction.
    static let tolerance: TimeInterval = 10
    /// How far ahead `exp` may be, in seconds.
    static let maximumLifetime: TimeInterval = 300
    /// How long an assertion is remembered after it has ended, in seconds.
    static let retention: TimeInterval = 60

    private let audiences: Set<String>
    private let algorithms: Set<SignatureAlgorithm>
    private let clients: ClientRegistry
    private let keySets: KeySetCache
    private let replays: any ReplayStore
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - audiences: The token endpoint's address, and its other names.
    ///   - algorithms: What assertions may be signed with.
    ///   - clients: Who is registered.
    ///   - keySets: Where clients' keys are fetched.
    ///   - replays: Where used assertions are remembered.
    ///   - now: The clock.
    package init(
        audiences: Set<String>,
        algorithms: Set<SignatureAlgorithm> = SignatureAlgorithm.assertions,
        clients: ClientRegistry,
        keySets: KeySetCache,
        replays: any ReplayStore,
        now: @escaping @Sendable () -> Date
    ) {
        self.audiences = audiences
        self.algorithms = algorithms
        self.clients = clients
        self.keySets = keySets
        self.replays = replays
        self.now = now
    }

    /// The client that signed the form's assertion; the assertion cannot be used again.
    ///
    /// - Throws: ``TokenRefusal``, and what the stores throw.
    func client(_ form: TokenForm) async throws -> RegisteredClient {
        let (token, algorithm, kid) = try opened(form.assertion)
        let id = try Self.name(token.claims)
        do {
            // RFC 6749 §2.3: two ways to say who asks must not differ.
            guard form.clientID == nil || form.clientID == id.rawValue else {
                throw TokenRefusal.invalidClient(401, "client_id differs from iss of the client_assertion")
            }
            guard let client = try await clients.client(id), client.isEnabled else {
                throw TokenRefusal.invalidClient(401, "iss of the client_assertion is not a client registered here")
            }
            let key = try await key(of: client, kid, algorithm)
            // Nothing below this line is done for somebody without the client's key.
            guard key.isValid(token.signature, for: token.signedBytes, by: algorithm) else {
                throw TokenRefusal.invalidClient(401, "the signature of the client_assertion does not hold")
            }
            let expires = try check(token.claims)
            try await record(token.claims, of: id, expires: expires)
            return client
        } catch var refusal as TokenRefusal {
            refusal.client = id
            throw refusal
        }
    }

    /// Parse, `alg`, `kid`, `typ`.
    private func opened(_ text: String) throws(TokenRefusal) -> (CompactToken, SignatureAlgorithm, String) {
        let token: CompactToken
        let name, kid, type: String?
        do throws(TokenFault) {
            token = try CompactToken(parsing: text)
            name = try token.header.text("alg")
            kid = try token.header.text("kid")
            type = try token.header.text("typ")
        } catch {
            throw TokenRefusal(error, of: .assertion, .invalidClient)
        }
        guard let algorithm = name.flatMap({ SignatureAlgorithm(rawValue: $0) }), algorithms.contains(algorithm) else {
            let names = algorithms.map(\.rawValue).sorted().joined(separator: ", ")
            throw .invalidClient(400, "alg of the client_assertion must be one of \(names)")
        }
        guard let kid, !kid.isEmpty else { throw .invalidClient(400, "kid of the client_assertion is missing") }
        guard type?.lowercased() == "jwt" else { throw .invalidClient(400, "typ of the client_assertion must be JWT") }
        return (token, algorithm, kid)
    }

    private static func name(_ claims: ClaimSet) throws(TokenRefusal) -> ClientID {
        let issuer, subject: String?
        do throws(TokenFault) {
            issuer = try claims.text(Claim.issuer)
            subject = try claims.text(Claim.subject)
        } catch {
            throw TokenRefusal(error, of: .assertion, .invalidClient)
        }
        guard let issuer, let subject else {
            throw .invalidClient(400, "iss and sub of the client_assertion are needed")
        }
        guard issuer == subject else { throw .invalidClient(400, "iss and sub of the client_assertion must be equal") }
        guard let id = ClientID(issuer) else {
            throw .invalidClient(401, "iss of the client_assertion is not a client registered here")
        }
        return id
    }

    private func key(
        of client: RegisteredClient,
        _ kid: String,
        _ algorithm: SignatureAlgorithm
    ) async throws(TokenRefusal) -> VerificationKey {
        let source: KeySource
        switch client.keys {
        case nil:
            throw .invalidClient(403, "no public key is registered for this client; send one to the hub's operator")
        case .inline(let json):
            guard let set = try? PublicKeySet(json: Array(json.utf8)) else {
                throw .invalidClient(403, "the public keys registered for this client cannot be used")
            }
            source = .fixed(set)
        case .url(let url): source = .fetched(KeyLocation(url: url, isClientSupplied: true))
        }
        let key: VerificationKey?
        do {
            key = try await keySets.key(kid, for: algorithm, from: source)
        } catch {
            throw .invalidClient(403, "the client's key set cannot be used: \(error)")
        }
        guard let key else {
            throw .invalidClient(
                401,
                "kid of the client_assertion is not among the client's keys, or that key is not one for this alg"
            )
        }
        return key
    }

    /// `aud`, then the times.
    ///
    /// - Returns: `exp`, in seconds since 1970.
    private func check(_ claims: ClaimSet) throws(TokenRefusal) -> TimeInterval {
        let audience: [String]
        let expires, issuedAt, notBefore: Int64?
        do throws(TokenFault) {
            audience = try claims.texts(Claim.audience)
            expires = try claims.integer(Claim.expires)
            issuedAt = try claims.integer(Claim.issuedAt)
            notBefore = try claims.integer(Claim.notBefore)
        } catch {
            throw TokenRefusal(error, of: .assertion, .invalidClient)
        }
        guard !audiences.isDisjoint(with: audience) else {
            throw .invalidClient(401, "aud of the client_assertion must be the token endpoint's URL")
        }
        guard let expires else { throw .invalidClient(400, "exp of the client_assertion is missing") }
        let now = now().timeIntervalSince1970
        guard Double(expires) > now - Self.tolerance else {
            throw .invalidClient(400, "the client_assertion has expired")
        }
        guard Double(expires) <= now + Self.maximumLifetime + Self.tolerance else {
            throw .invalidClient(400, "exp of the client_assertion is more than 5 minutes ahead")
        }
        for (name, date) in [("iat", issuedAt), ("nbf", notBefore)] where Double(date ?? 0) > now + Self.tolerance {
            throw .invalidClient(400, "\(name) of the client_assertion is in the future")
        }
        return TimeInterval(expires)
    }

    private func record(_ claims: ClaimSet, of client: ClientID, expires: TimeInterval) async throws {
        guard let jti = claims.textValue(Claim.tokenID), !jti.isEmpty else {
            throw TokenRefusal.invalidClient(400, "jti of the client_assertion must be a text, new for each")
        }
        // The digest has one length and no characters that a database would not take.
        let isNew = try await replays.recordAssertion(
            Array(SHA256.hash(data: Array(jti.utf8))),
            of: client,
            until: Date(timeIntervalSince1970: expires + Self.retention),
            now: now()
        )
        guard isNew else { throw TokenRefusal.invalidClient(400, "jti of the client_assertion was used before") }
    }
}
