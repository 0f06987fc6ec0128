package import Access
import Foundation
import HTTPTypes
package import Hummingbird

/// What the hub's authorisation server says of itself: its public keys, and where tokens are to be had (`auth.md` §9).
package struct AuthorizationServerRoutes: Sendable {
    /// What is switched on.
    package struct Offer: Sendable {
        package var publicURL: String
        /// What assertions may be signed with; empty where there is no token endpoint.
        package var assertionAlgorithms: Set<SignatureAlgorithm>
        /// Whether id tokens can be exchanged.
        package var exchanges: Bool
        /// Whether tokens can be bound to certificates: a listener asks for them.
        package var bindsCertificates: Bool

        package init(
            publicURL: String,
            assertionAlgorithms: Set<SignatureAlgorithm>,
            exchanges: Bool,
            bindsCertificates: Bool
        ) {
            self.publicURL = publicURL
            self.assertionAlgorithms = assertionAlgorithms
            self.exchanges = exchanges
            self.bindsCertificates = bindsCertificates
        }
    }

    private let keys: KeyRing<SigningKeys>
    private let offer: Offer

    /// - Parameters:
    ///   - keys: The hub's signing keys.
    ///   - offer: What is switched on.
    package init(keys: KeyRing<SigningKeys>, offer: Offer) {
        self.keys = keys
        self.offer = offer
    }

    /// Adds the routes; without a token endpoint the key set alone.
    package func add(to router: Router<HubContext>) {
        router.get(".well-known/jwks.json") { _, _ in
            Response.json(keys.current.jwks, headers: [.cacheControl: "max-age=3600"])
        }
        guard !offer.assertionAlgorithms.isEmpty else { return }
        // SMART App Launch §Conformance wants it below the FHIR base; the host's root is where people look.
        for path in [".well-known/smart-configuration", "FHIR/R4/.well-known/smart-configuration"] {
            router.get(RouterPath(path)) { _, _ in try Self.answer(SMARTConfiguration(offer)) }
        }
        router.get(".well-known/oauth-authorization-server") { _, _ in try Self.answer(ServerMetadata(offer)) }
    }

    private static func answer(_ document: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .json(Array(try encoder.encode(document)), headers: [.cacheControl: "max-age=3600"])
    }
}

/// Members that both documents have; names as they stand in the JSON (RFC 8414 §2).
private struct ServerMetadata: Encodable {
    let issuer, token_endpoint, jwks_uri: String
    let grant_types_supported: [String]
    /// None, because nobody signs in here; RFC 8414 demands the member.
    let response_types_supported: [String] = []
    let token_endpoint_auth_methods_supported = ["private_key_jwt"]
    let token_endpoint_auth_signing_alg_values_supported: [String]
    let scopes_supported: [String]
    let tls_client_certificate_bound_access_tokens: Bool

    init(_ offer: AuthorizationServerRoutes.Offer) {
        issuer = offer.publicURL
        token_endpoint = offer.publicURL + "/oauth2/token"
        jwks_uri = offer.publicURL + "/.well-known/jwks.json"
        let grants = [TokenGrant.clientCredentials] + (offer.exchanges ? [.tokenExchange] : [])
        grant_types_supported = grants.map(\.rawValue)
        token_endpoint_auth_signing_alg_values_supported = offer.assertionAlgorithms.map(\.rawValue).sorted()
        scopes_supported =
            ["system/Immunization.cruds", "system/AuditEvent.rs", "herald/admin.read", "herald/admin.write"]
            + (offer.exchanges ? ["user/Immunization.rs", "patient/Immunization.rs"] : [])
        tls_client_certificate_bound_access_tokens = offer.bindsCertificates
    }
}

/// SMART App Launch 2.2 §Conformance, for Backend Services.
private struct SMARTConfiguration: Encodable {
    let server: ServerMetadata

    private enum Name: String, CodingKey {
        case capabilities
    }

    init(_ offer: AuthorizationServerRoutes.Offer) { server = ServerMetadata(offer) }

    func encode(to encoder: any Encoder) throws {
        try server.encode(to: encoder)
        var document = encoder.container(keyedBy: Name.self)
        try document.encode(
            ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
            forKey: .capabilities
        )
    }
}
