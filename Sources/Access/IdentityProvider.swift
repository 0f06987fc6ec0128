/// Whose id tokens can be exchanged for access tokens.
package struct IdentityProvider: Sendable {
    /// Which people it knows, and so which claims are looked for.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Patients.
        case nhsLogin = "nhs-login"
        /// Healthcare workers.
        case cis2
    }

    package let kind: Kind
    /// The exact `iss`.
    package let issuer: String
    package var algorithms: Set<SignatureAlgorithm>
    package var keys: KeySource
    /// The lowest `authentication_assurance_level` of a worker.
    package var minimumAssurance: Int

    package init(
        kind: Kind,
        issuer: String,
        algorithms: Set<SignatureAlgorithm> = [.rs256, .rs512],
        keys: KeySource,
        minimumAssurance: Int = 2
    ) {
        self.kind = kind
        self.issuer = issuer
        self.algorithms = algorithms
        self.keys = keys
        self.minimumAssurance = minimumAssurance
    }
}
