package import Foundation

/// The token endpoint, without HTTP (`auth.md` §9): a form in, a token or a refusal out.
package struct TokenEndpoint: Sendable {
    /// What is answered with a token.
    package struct Grant: Sendable {
        package let token: IssuedToken
        package let grant: TokenGrant
    }

    private let assertions: AssertionVerifier
    private let idTokens: IDTokenVerifier
    private let issuer: TokenIssuer
    private let now: @Sendable () -> Date

    package init(
        assertions: AssertionVerifier,
        idTokens: IDTokenVerifier,
        issuer: TokenIssuer,
        now: @escaping @Sendable () -> Date
    ) {
        self.assertions = assertions
        self.idTokens = idTokens
        self.issuer = issuer
        self.now = now
    }

    /// Issues an access token.
    ///
    /// - Parameters:
    ///   - form: The request.
    ///   - certificate: The certificate that the client showed.
    /// - Returns: The token, and how it was got.
    /// - Throws: ``TokenRefusal``, and what the stores throw.
    package func issue(_ form: TokenForm, certificate: ClientCertificate?) async throws -> Grant {
        let client = try await assertions.client(form)
        do {
            return Grant(token: try await issue(form, client, certificate), grant: form.grant)
        } catch var refusal as TokenRefusal {
            refusal.client = client.id
            throw refusal
        }
    }

    private func issue(
        _ form: TokenForm,
        _ client: RegisteredClient,
        _ certificate: ClientCertificate?
    ) async throws -> IssuedToken {
        guard client.grants.contains(form.grant) else {
            throw TokenRefusal(400, .unauthorizedClient, "this client is not registered for this grant_type")
        }
        let thumbprint = try Self.thumbprint(certificate, client)
        var person = IDTokenVerifier.Person(subject: .system, authenticatedAt: nil, latestEnd: nil)
        if let subjectToken = form.subjectToken { person = try await idTokens.person(subjectToken, for: client) }
        let scopes = try Self.scopes(form.scope, registered: client.scopes.restricted(to: person.subject.mode))
        let rest = person.latestEnd.map { Duration.seconds(Int64($0.timeIntervalSince(now()).rounded(.down))) }
        return try await issuer.issue(
            client: client.id,
            scopes: scopes,
            subject: person.subject,
            lifetime: min(form.lifetime, rest ?? form.lifetime),
            authenticatedAt: person.authenticatedAt,
            certificateThumbprint: thumbprint
        )
    }

    /// a client with certificates shows one of them, and its token is bound to it.
    private static func thumbprint(
        _ certificate: ClientCertificate?,
        _ client: RegisteredClient
    ) throws(TokenRefusal) -> String? {
        guard !client.certificateThumbprints.isEmpty else { return nil }
        guard let thumbprint = certificate?.thumbprint, client.certificateThumbprints.contains(thumbprint) else {
            throw .invalidClient(401, "this client must show one of its registered certificates on the connection")
        }
        return thumbprint
    }

    /// the wanted scopes, as far as they are registered for the client in this mode.
    private static func scopes(_ wanted: String?, registered: Scopes) throws(TokenRefusal) -> Scopes {
        guard !registered.isEmpty else {
            throw TokenRefusal(401, .unauthorizedClient, "no scope is registered for this client in this mode")
        }
        guard let wanted else { return registered }
        let granted = Scopes(parsing: wanted).intersection(registered)
        guard !granted.isEmpty else {
            throw TokenRefusal(
                400,
                .invalidScope,
                "none of the scopes in scope is registered for this client in this mode"
            )
        }
        return granted
    }
}
