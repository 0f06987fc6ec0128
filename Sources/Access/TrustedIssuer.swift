package import Foundation

/// Whose access tokens are accepted, and what is believed of them (A-01, `auth.md` §8).
package struct TrustedIssuer: Sendable {
    /// On whose behalf an issuer's tokens may act.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A hub's own tokens: whatever their `mode` says.
        case herald
        /// Systems only.
        case system
        /// Citizens only.
        case patient
        /// Healthcare workers only.
        case worker

        /// The only mode of such an issuer's tokens; nil where the token says it.
        var mode: AccessMode? {
            switch self {
            case .herald: nil
            case .system: .system
            case .patient: .patient
            case .worker: .user
            }
        }
    }

    /// The exact `iss`.
    package let name: String
    /// What `aud` must contain one of.
    package var audiences: Set<String>
    package var algorithms: Set<SignatureAlgorithm>
    package var keys: KeySource
    package var kind: Kind
    /// The accepted `typ` of the header, compared exactly.
    package var types: Set<String> = [AccessToken.type]
    /// Seconds between `iat` and `exp` at most (A-20 row 8).
    package var maximumLifetime: TimeInterval = 3600
    /// The claim that holds the client's id.
    package var clientIDClaim = Claim.clientID
    /// The claim that holds the scopes.
    package var scopeClaim = Claim.scope
    /// What the issuer's own scope strings stand for (§11).
    package var scopeMap = ScopeMap()

    package init(
        name: String,
        audiences: Set<String>,
        algorithms: Set<SignatureAlgorithm>,
        keys: KeySource,
        kind: Kind
    ) {
        self.name = name
        self.audiences = audiences
        self.algorithms = algorithms
        self.keys = keys
        self.kind = kind
    }

    /// The built-in issuer.
    ///
    /// - Parameters:
    ///   - name: The hub's public address.
    ///   - audience: Its FHIR base.
    ///   - keys: The hub's own keys: all published ones verify, whichever signs today.
    /// - Returns: The issuer.
    package static func builtIn(name: String, audience: String, keys: KeyRing<SigningKeys>) -> Self {
        var issuer = Self(
            name: name,
            audiences: [audience],
            algorithms: [SigningKey.algorithm],
            keys: .own(keys),
            kind: .herald
        )
        issuer.maximumLifetime = TimeInterval(TokenIssuer.maximumLifetime)
        return issuer
    }

    /// Whether tokens are made with the hub's own key.
    var isBuiltIn: Bool {
        if case .own = keys { true } else { false }
    }
}
