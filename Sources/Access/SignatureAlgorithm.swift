/// A JWS algorithm that Herald can check (RFC 7518 §3.1); `none` and those with a shared secret have no name here, so no
/// list can let them through (A-10, A-20 row 3).
package enum SignatureAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// ECDSA on P-384 with SHA-384.
    case es384 = "ES384"
    /// RSA PKCS #1 v1.5 with SHA-256; for identity providers and other issuers only, never for client assertions.
    case rs256 = "RS256"
    /// RSA PKCS #1 v1.5 with SHA-384.
    case rs384 = "RS384"
    /// RSA PKCS #1 v1.5 with SHA-512.
    case rs512 = "RS512"

    /// What clients may sign their assertions with: NHS England's choice, and those of SMART Backend Services.
    package static let assertions: Set<Self> = [.rs512, .rs384, .es384]
}
