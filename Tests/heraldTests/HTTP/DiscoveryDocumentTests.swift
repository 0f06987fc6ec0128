import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Store
import Testing

@testable import Access
@testable import herald

/// What the authorisation server says of itself is what it does (`auth.md` §9, A-18).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(1)))
struct DiscoveryDocumentTests {
    @Test("§9: smart-configuration at the root and below the FHIR base")
    func smartConfigurationIsAtBothPlaces() async throws {
        try await HubFixture.with { fixture in
            for path in ["/.well-known/smart-configuration", "/FHIR/R4/.well-known/smart-configuration"] {
                let members = try await fixture.send(.get, path).members
                let base = fixture.hub.configuration.publicURL
                #expect(members["token_endpoint"] as? String == base + "/oauth2/token")
                #expect(members["token_endpoint_auth_methods_supported"] as? [String] == ["private_key_jwt"])
                #expect(
                    members["token_endpoint_auth_signing_alg_values_supported"] as? [String] == [
                        "ES384", "RS384", "RS512",
                    ]
                )
                #expect((members["capabilities"] as? [String])?.contains("client-confidential-asymmetric") == true)
                #expect(members["grant_types_supported"] as? [String] == ["client_credentials"])
            }
        }
    }

    @Test("§9: the metadata name an identity provider's grant only where there is one")
    func metadataAreTrueToWhatIsOn() async throws {
        let idp = IdentityProvider(
            kind: .nhsLogin,
            issuer: "https://idp.example",
            keys: .fetched(KeyLocation(url: "https://idp.example/jwks", isClientSupplied: false))
        )
        try await HubFixture.with({ $0.auth.providers = [idp] }) { fixture in
            let members = try await fixture.send(.get, "/.well-known/oauth-authorization-server").members
            #expect(members["issuer"] as? String == fixture.hub.configuration.publicURL)
            #expect((members["grant_types_supported"] as? [String])?.count == 2)
            #expect(members["tls_client_certificate_bound_access_tokens"] as? Bool == false)
        }
        try await HubFixture.with({ $0.auth.tokenEndpoint = nil }) { fixture in
            for path in ["/.well-known/oauth-authorization-server", "/.well-known/smart-configuration"] {
                let answer = try await fixture.send(.get, path)
                #expect(answer.status == .notFound)
            }
            let token = try await fixture.send(.post, "/oauth2/token")
            let keys = try await fixture.send(.get, "/.well-known/jwks.json")
            #expect(token.status == .notFound && keys.status == .ok)
        }
    }

    @Test("A-18, §14: a rotated key before, during and after the overlap, in a hub that keeps running")
    func rotationIsNoticed() async throws {
        try await HubFixture.with { fixture in
            let keys = try #require(fixture.hub.access).keys
            func kids() async throws -> Set<String> {
                let answer = try await fixture.send(.get, "/.well-known/jwks.json")
                #expect(answer.headers[.cacheControl] == "max-age=3600")
                let list = try #require(try answer.members["keys"] as? [[String: Any]])
                return Set(list.compactMap { $0["kid"] as? String })
            }
            let before = try await kids()
            #expect(before.count == 2)
            let old = try await fixture.bearer("herald/admin.read", client: "operator")
            _ = try SigningKeys.rotate(in: fixture.directory, .immediate, now: Date())
            #expect(try keys.reload() && !keys.reload())
            #expect(try await kids().isSuperset(of: before))
            let new = try await fixture.bearer("herald/admin.read", client: "operator")
            for bearer in [old, new] {
                #expect(try await fixture.send(.get, "/feeds", authorization: bearer).status == .ok)
            }
            _ = try SigningKeys.rotate(in: fixture.directory, .withdrawing, now: Date())
            try keys.reload()
            #expect(try await kids().isDisjoint(with: before))
            // A token that was checked before is remembered for half a minute; one that was not is refused at once.
            let other = try await HubFixtureToken.of(oldKeys: fixture)
            #expect(try await fixture.send(.get, "/feeds", authorization: other).status == .unauthorized)
        }
    }
}

/// A token of keys that nobody knows.
private enum HubFixtureToken {
    static func of(oldKeys fixture: HubFixture) async throws -> String {
        let issuer = TokenIssuer(
            keys: KeyRing(try .generate(now: Date())),
            issuer: fixture.hub.configuration.publicURL,
            audience: fixture.hub.configuration.audience,
            now: { Date() }
        )
        let token = try await issuer.issue(
            client: try #require(ClientID("operator")),
            scopes: Scopes(parsing: "herald/admin.read"),
            isOperators: true
        )
        return "Bearer \(token.text)"
    }
}
