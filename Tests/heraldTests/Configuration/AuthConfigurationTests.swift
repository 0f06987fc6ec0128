import Access
import Foundation
import HeraldTestKit
import Store
import Testing

@testable import herald

/// The file that HERALD_AUTH_CONFIG names (`auth.md` §8, A-01).
@Suite("Authorisation settings (A-01, A-02)")
struct AuthConfigurationTests {
    private static let keys = AssertingClient().jwks

    private func read(
        _ text: String,
        isDevelopment: Bool = false,
        more: [String: String] = [:]
    ) throws -> AuthConfiguration {
        let folder = FileManager.default.temporaryDirectory.appending(path: "herald-auth-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, content) in more.merging(["auth.yaml": text], uniquingKeysWith: { $1 }) {
            try Data(content.utf8).write(to: folder.appending(path: name))
        }
        return try AuthConfiguration(
            path: folder.appending(path: "auth.yaml").path,
            publicURL: "https://hub.example",
            audience: "https://hub.example/FHIR/R4",
            isDevelopment: isDevelopment
        )
    }

    @Test func aWholeFileIsRead() throws {
        let configuration = try read(
            """
            tokenEndpoint: {aliases: [https://gateway.example/token], algorithms: [RS512]}
            workers: {minimumAssurance: 3, requiredActivities: [B0570]}
            issuers:
              - issuer: https://as.example
                discovery: https://as.example/.well-known/openid-configuration
                audiences: [https://hub.example/FHIR/R4, https://other.example]
                algorithms: [RS256]
                kind: worker
                types: [JWT]
                maximumLifetime: 1800
                clientIdClaim: azp
                nhsAPI: imms
                scopeMap: {"urn:x:read": "user/Immunization.rs"}
              - {issuer: https://second.example, jwks: \(Self.keys)}
            idps:
              - {name: nhs-login, issuer: https://auth.login.example, jwksURL: https://auth.login.example/jwks, algorithms: [RS512]}
              - {name: cis2, issuer: https://cis2.example, jwksFile: cis2.json, minimumAssurance: 3}
            clients:
              - clientId: gp-system
                name: GP
                jwksFile: cis2.json
                scopes: [system/Immunization.rs, patient/Immunization.r]
                grants: [client_credentials]
                permissions: [COVID.RS]
                idpClientIds: [app]
                minProofing: P5
                rateLimit: 20/40
                odsCodes: [A12345]
            """,
            more: ["cis2.json": Self.keys]
        )
        #expect(configuration.tokenEndpoint?.algorithms == [.rs512])
        #expect(configuration.workerPolicy == WorkerPolicy(minimumAssurance: 3, requiredActivities: ["B0570"]))
        let issuer = try #require(configuration.issuers.first)
        #expect(issuer.name == "https://as.example" && issuer.audiences.count == 2 && issuer.algorithms == [.rs256])
        #expect(issuer.kind == .worker && issuer.types == ["JWT"] && issuer.maximumLifetime == 1800)
        #expect(issuer.clientIDClaim == "azp" && issuer.scopeMap["urn:x:read"] != nil)
        #expect(issuer.scopeMap["urn:nhsd:apim:user-nhs-cis2:aal3:imms"] != nil)
        #expect(configuration.issuers[1].audiences == ["https://hub.example/FHIR/R4"])
        #expect(configuration.providers.map(\.kind) == [.nhsLogin, .cis2])
        #expect(configuration.providers[1].minimumAssurance == 3)
        let client = try #require(configuration.clients.first)
        #expect(client.minimumProofing == .p5 && client.rateLimit == RateLimit("20/40") && client.keys != nil)
        #expect(client.scopes.description == "patient/Immunization.r system/Immunization.rs")
    }

    @Test("A-02: the token endpoint can be switched off")
    func tokenEndpointCanBeOff() throws {
        #expect(try read("tokenEndpoint: {enabled: false}").tokenEndpoint == nil)
        #expect(try read("issuers: []").tokenEndpoint != nil)
    }

    @Test(
        "A mistake is named with its place",
        arguments: [
            ("issuer: x", "issuer is not known here"),
            ("- a", "it must hold names with values"),
            ("issuers: [{issuer: https://a}]", "issuers[0].jwks or jwksFile, jwksURL or discovery must be there"),
            ("issuers: [{issuer: https://a, jwksURL: http://a/jwks}]", "issuers[0].jwksURL cannot be used"),
            (
                "issuers: [{issuer: https://a, jwksURL: https://a/jwks, algorithms: [none]}]",
                "issuers[0].algorithms is \"none\""
            ),
            (
                "issuers: [{issuer: https://a, jwksURL: https://a/jwks, algorithms: [HS256]}]",
                "issuers[0].algorithms is \"HS256\""
            ),
            (
                "issuers: [{issuer: https://a, jwksURL: https://a/jwks, audience: x}]",
                "issuers[0].audience is not known here"
            ),
            (
                "issuers: [{issuer: https://hub.example, jwksURL: https://a/jwks}]",
                "issuers names https://hub.example twice"
            ),
            ("issuers: [{issuer: https://a, jwksURL: https://a/jwks, scopeMap: {x: 'system/*.rs'}}]", "is no scope"),
            ("issuers: [{issuer: https://a, jwks: {keys: [{kty: RSA, kid: a, n: AQAB, e: AQAB}]}}]", "2048 bits"),
            ("issuers: [{issuer: https://a, jwks: {keys: [{kty: oct, kid: a, k: AQAB}]}}]", "private key"),
            ("idps: [{name: github, issuer: https://a, jwksURL: https://a/jwks}]", "known are nhs-login, cis2"),
            ("idps: [{name: cis2, issuer: https://a, jwksURL: https://a/jwks, algorithms: [ES384]}]", "RS256, RS512"),
            ("tokenEndpoint: {algorithms: [RS256]}", "RS512, RS384, ES384"),
            ("clients: [{clientId: a b}]", "clients[0].clientId must be"),
            ("clients: [{clientId: a, scopes: [everything]}]", "holds everything, which is no scope"),
            ("clients: [{clientId: a}, {clientId: a}]", "clients names a twice"),
        ]
    )
    func mistakesAreNamed(text: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(text) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    @Test("A-21: plain http for key sets in development alone")
    func plainHTTPIsForDevelopment() throws {
        let text = "issuers: [{issuer: http://127.0.0.1:9, jwksURL: 'http://127.0.0.1:9/jwks'}]"
        #expect(throws: ConfigurationError.self) { try read(text) }
        #expect(try read(text, isDevelopment: true).issuers.count == 1)
    }
}

/// Clients of the file are registered when a hub starts.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(1)))
struct ConfiguredClientTests {
    @Test func clientsOfTheFileAreRegisteredAndKeptInStep() async throws {
        let id = try #require(ClientID("from-file"))
        var client = RegisteredClient(id: id, name: "First", scopes: Scopes(parsing: "system/Immunization.r"))
        client.keys = .inline(AssertingClient().jwks)
        for name in ["First", "Second"] {
            client.name = name
            let registered = client
            try await HubFixture.with({ $0.auth.clients = [registered] }) { fixture in
                try await fixture.hub.prepare()
                let stored = try await fixture.hub.store.client(id)
                #expect(stored?.name == name && stored?.keys == registered.keys)
            }
        }
    }
}
