package import Foundation

/// Issues the access tokens of the built-in authorisation server.
package struct TokenIssuer: Sendable {
    /// The longest an access token may live, in seconds.
    package static let maximumLifetime = 600

    private struct Header: Encodable {
        let alg = SigningKey.algorithm.rawValue
        let typ = AccessToken.type
        let kid: String
    }

    private let keys: KeyRing<SigningKeys>
    private let issuer: String
    private let audience: String
    private let now: @Sendable () -> Date
    private let makeID: @Sendable () -> UUID

    /// Prepares an issuer; `issuer` and `audience` are compared exactly by those who verify.
    ///
    /// - Parameters:
    ///   - keys: The hub's signing keys.
    ///   - issuer: The claim `iss`: the hub's public address.
    ///   - audience: The claim `aud`: the FHIR base.
    ///   - now: The clock.
    ///   - makeID: Makes the claim `jti`.
    package init(
        keys: KeyRing<SigningKeys>,
        issuer: String,
        audience: String,
        now: @escaping @Sendable () -> Date,
        makeID: @escaping @Sendable () -> UUID = { UUID() }
    ) {
        self.keys = keys
        self.issuer = issuer
        self.audience = audience
        self.now = now
        self.makeID = makeID
    }

    /// A signed token; scopes of another mode than the subject's are left out, because they would count for nothing.
    ///
    /// Asynchronous because a key may later be kept where signing is a request (a hardware module, a cloud's key
    /// store).
    ///
    /// - Parameters:
    ///   - client: The client that will use the token.
    ///   - scopes: What it may do.
    ///   - subject: On whose behalf.
    ///   - lifetime: Shortened to 600 seconds, the most A-17 allows.
    ///   - authenticatedAt: When the subject was authenticated.
    ///   - certificateThumbprint: The certificate the token is bound to.
    ///   - isOperators: Whether an operator makes it with the key, so that its client need not be registered.
    /// - Returns: The token.
    /// - Throws: When the claims cannot be encoded or signed.
    package func issue(
        client: ClientID,
        scopes: Scopes,
        subject: TokenSubject = .system,
        lifetime: Duration = .seconds(maximumLifetime),
        authenticatedAt: Date? = nil,
        certificateThumbprint: String? = nil,
        isOperators: Bool = false
    ) async throws -> IssuedToken {
        // Whole seconds, because that is what the token can say.
        let issuedAt = Date(timeIntervalSince1970: now().timeIntervalSince1970.rounded(.down))
        let seconds = min(max(lifetime.components.seconds, 1), Int64(Self.maximumLifetime))
        let token = AccessToken(
            issuer: issuer,
            subject: subject.id ?? client.rawValue,
            audience: [audience],
            clientID: client,
            issuedAt: issuedAt,
            notBefore: nil,
            expires: issuedAt.addingTimeInterval(Double(seconds)),
            tokenID: TokenID(makeID().uuidString.lowercased()),
            scopes: scopes.restricted(to: subject.mode),
            mode: subject.mode,
            nhsNumber: subject.nhsNumber,
            vectorOfTrust: subject.vectorOfTrust,
            authenticatedAt: authenticatedAt,
            worker: subject.worker,
            certificateThumbprint: certificateThumbprint,
            isOperators: isOperators
        )
        return IssuedToken(text: try sign(token, with: keys.current.active(at: issuedAt)), claims: token)
    }

    private func sign(_ token: AccessToken, with key: SigningKey) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = Base64URL.encode(try encoder.encode(Header(kid: key.id.rawValue)))
        let signed = "\(header).\(Base64URL.encode(try encoder.encode(token)))"
        return "\(signed).\(Base64URL.encode(try key.signature(for: Array(signed.utf8))))"
    }
}

/// A token as it is handed out.
package struct IssuedToken: Sendable {
    /// The token in compact form: a secret.
    package let text: String
    /// What it says.
    package let claims: AccessToken

    /// How long it lives, in seconds.
    package var lifetime: Int { Int(claims.expires.timeIntervalSince(claims.issuedAt)) }
}

extension IssuedToken: CustomStringConvertible, CustomReflectable {
    /// The token's id, never the token.
    package var description: String { claims.tokenID.rawValue }

    /// No children, so that a dump shows nothing either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension TokenSubject {
    fileprivate var worker: Worker? {
        if case .user(_, let worker) = self { worker } else { nil }
    }

    fileprivate var id: String? {
        switch self {
        case .system: nil
        case .user(let id, _), .patient(let id, _, _): id
        }
    }

    fileprivate var nhsNumber: PatientNumber? {
        if case .patient(_, let number, _) = self { number } else { nil }
    }

    fileprivate var vectorOfTrust: VectorOfTrust? {
        if case .patient(_, _, let vector) = self { vector } else { nil }
    }
}
