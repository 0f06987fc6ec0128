import Access

/// Who is trusted with what, beyond the built-in issuer (`auth.md` §8): the file that HERALD_AUTH_CONFIG names.
struct AuthConfiguration: Sendable {
    /// The token endpoint's settings.
    struct TokenEndpointSettings: Sendable {
        /// What `aud` of an assertion may be beside the endpoint's own address.
        var aliases: Set<String> = []
        var algorithms = SignatureAlgorithm.assertions
    }

    /// Authorisation servers beside the built-in one.
    var issuers: [TrustedIssuer] = []
    /// Whose id tokens can be exchanged.
    var providers: [IdentityProvider] = []
    /// Clients that the file registers; others are registered with `herald clients`.
    var clients: [RegisteredClient] = []
    /// Nil where it is switched off.
    var tokenEndpoint: TokenEndpointSettings? = TokenEndpointSettings()
    var workerPolicy = WorkerPolicy()
}
