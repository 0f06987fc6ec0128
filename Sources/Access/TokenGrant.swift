/// How a client may get tokens at the token endpoint.
package enum TokenGrant: String, Hashable, Sendable, CaseIterable {
    /// For itself, with a signed assertion.
    case clientCredentials = "client_credentials"
    /// For a person, with their id token.
    case tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
}
