import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Postgres
import Store
import Synchronization
import Testing
import Vaccination

@testable import Access
@testable import herald

/// The threat checklist of `auth.md` §14, as far as it is about requests; tokens and assertions themselves are in AccessTests.
@Suite("Threats at the edge (§14)", .scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct ThreatTests {
    private static let own = "9991000003"
    private static let other = "9991004114"

    private static func search(_ number: String) -> String {
        "/FHIR/R4/Immunization?patient:identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C\(number)"
    }

    @Test("§14: token in the query string")
    func tokenInTheQuery() async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer()
            let token = bearer.dropFirst("Bearer ".count)
            for authorization in [nil, bearer] {
                let uri = Self.search(Self.own) + "&access_token=\(token)"
                let answer = try await fixture.send(.get, uri, authorization: authorization)
                #expect(answer.status == .unauthorized && answer.headers[.wwwAuthenticate] == #"Bearer realm="herald""#)
            }
        }
    }

    @Test("§14: two Authorization headers")
    func twoAuthorizationHeaders() async throws {
        try await HubFixture.with { fixture in
            var headers = HTTPFields()
            headers.append(HTTPField(name: .authorization, value: try await fixture.bearer()))
            headers.append(HTTPField(name: .authorization, value: try await fixture.bearer()))
            let application = Application(router: fixture.hub.router(), logger: fixture.hub.logger)
            let sent = headers
            let answer = try await application.test(.router) { client in
                try await client.execute(uri: Self.search(Self.own), method: .get, headers: sent)
            }
            #expect(answer.status == .unauthorized)
        }
    }

    @Test(
        "§14: method override headers are ignored",
        arguments: ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
    )
    func methodOverride(name: String) async throws {
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer("system/Immunization.rs")
            let headers: HTTPFields = [try #require(HTTPField.Name(name)): "DELETE"]
            let plain = try await fixture.send(.get, Self.search(Self.own), authorization: bearer)
            let spoofed = try await fixture.send(.get, Self.search(Self.own), authorization: bearer, headers: headers)
            #expect(plain.status == .ok && spoofed.status == .ok)
        }
    }

    @Test(
        "§14: SupplierSystem and identity headers of the client grant nothing",
        arguments: [
            "SupplierSystem", "NHSD-User-Identity", "NHSD-Client-ID", "NHSD-NHSlogin-NHS-Number",
            "X-Client-Cert-Thumbprint",
        ]
    )
    func identityHeaders(name: String) async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture, scopes: "system/Immunization.c")
            let bearer = try await fixture.token(for: client)
            let headers: HTTPFields = [try #require(HTTPField.Name(name)): "EMIS"]
            let uri = "/feeds?filename=\(SampleRows.fileName)"
            let body = Array(SampleRows.header.utf8)
            let refused = try await fixture.send(.post, uri, authorization: bearer, headers: headers, body: body)
            #expect(refused.status == .forbidden)
            let anonymous = try await fixture.send(.get, Self.search(Self.own), headers: headers)
            #expect(anonymous.status == .unauthorized)
        }
    }

    @Test("§14: an id token, an assertion and another hub's token as bearer")
    func otherTokensAsBearer() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let now = Int(Date().timeIntervalSince1970)
            let idToken = try client.sign([
                "iss": AssertingClient.idp, "sub": "x", "aud": fixture.hub.configuration.audience, "iat": now,
                "exp": now + 300, "nonce": "n", "vot": "P9.Cp.Cd", "nhs_number": Self.own,
            ])
            for token in [idToken, try client.assertion(fixture)] {
                let answer = try await fixture.send(.get, Self.search(Self.own), authorization: "Bearer \(token)")
                #expect(answer.status == .unauthorized)
                #expect(answer.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
            }
        }
    }

    /// A hub with an identity provider whose key is the citizen's app's own, for tests.
    private func withExchange(_ body: (HubFixture, AssertingClient, AssertingClient) async throws -> Void) async throws
    {
        let idp = AssertingClient("idp")
        let keys = KeySource.fixed(try PublicKeySet(json: Array(idp.jwks.utf8)))
        let provider = IdentityProvider(
            kind: .nhsLogin,
            issuer: AssertingClient.idp,
            algorithms: [.es384],
            keys: keys
        )
        try await HubFixture.with({ $0.auth.providers = [provider] }) { fixture in
            let app = AssertingClient("citizens-app")
            try await app.register(in: fixture, scopes: "patient/Immunization.rs") {
                $0.grants = [.tokenExchange]
                $0.idpClientIDs = ["app-at-idp"]
            }
            try await body(fixture, app, idp)
        }
    }

    private func exchange(
        _ fixture: HubFixture,
        _ app: AssertingClient,
        _ idp: AssertingClient,
        _ changes: [String: Any] = [:]
    ) async throws -> TestResponse {
        let now = Int(Date().timeIntervalSince1970)
        let claims: [String: Any] = [
            "iss": AssertingClient.idp, "sub": "49f470a1", "aud": "app-at-idp", "iat": now, "exp": now + 3600,
            "auth_time": now, "vot": "P9.Cp.Cd", "nhs_number": Self.own, "identity_proofing_level": "P9",
        ]
        let idToken = try idp.sign(claims.merging(changes) { $1 })
        return try await fixture.askForToken(
            app.form(
                app.assertion(fixture),
                [
                    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": idToken,
                    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
                ]
            )
        )
    }

    @Test("A-16, A-31, §14: a citizen's exchanged token opens their own records and nobody else's, and writes nothing")
    func patientIsBoundToTheirNumber() async throws {
        try await withExchange { fixture, app, idp in
            let answer = try await exchange(fixture, app, idp)
            #expect(answer.status == .ok)
            let members = try answer.members
            #expect(members["issued_token_type"] as? String == "urn:ietf:params:oauth:token-type:access_token")
            #expect(members["scope"] as? String == "patient/Immunization.rs")
            let bearer = "Bearer \(try #require(members["access_token"] as? String))"
            #expect(try await fixture.send(.get, Self.search(Self.own), authorization: bearer).status == .ok)
            #expect(try await fixture.send(.get, Self.search(Self.other), authorization: bearer).status == .forbidden)
            let id = UUID().uuidString.lowercased()
            #expect(
                try await fixture.send(.get, "/FHIR/R4/Immunization/\(id)", authorization: bearer).status == .notFound
            )
            let body = Array(SampleRows.header.utf8)
            let upload = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: bearer,
                body: body
            )
            #expect(upload.status == .forbidden)
            #expect(try await fixture.send(.get, "/admin/state", authorization: bearer).status == .forbidden)
        }
    }

    @Test("§14: a P5 or P9.Cp patient gets no token", arguments: ["P5.Cp.Cd", "P9.Cp", "P0.Cp.Cd"])
    func weakPatients(vot: String) async throws {
        try await withExchange { fixture, app, idp in
            let answer = try await exchange(fixture, app, idp, ["vot": vot])
            #expect(answer.status == .unauthorized)
            #expect(try answer.members["error"] as? String == "unauthorized_client")
        }
    }

    @Test("A-53: nothing secret and no patient in the log of a run, at the chattiest level")
    func logsHoldNoSecret() async throws {
        let log = CapturedLog()
        var logger = Logger(label: "test") { _ in CapturedLog.Handler(log: log) }
        logger.logLevel = .trace
        let directory = NSTemporaryDirectory() + "herald-log-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var configuration = HubConfiguration(
            database: try ScratchDatabase.configuration,
            feedODSCode: try #require(ODSCode("X26"))
        )
        configuration.dataDirectory = directory
        configuration.auth.providers = [
            IdentityProvider(
                kind: .nhsLogin,
                issuer: AssertingClient.idp,
                algorithms: [.es384],
                keys: .fetched(KeyLocation(url: "https://127.0.0.1:1/jwks", isClientSupplied: false))
            )
        ]
        let fixture = HubFixture(hub: try Hub(configuration: configuration, logger: logger), directory: directory)
        let client = AssertingClient()
        try await client.register(in: fixture, scopes: "system/Immunization.cruds patient/Immunization.rs") {
            $0.grants = [.clientCredentials, .tokenExchange]
            $0.idpClientIDs = ["app-at-idp"]
        }
        let assertion = try client.assertion(fixture)
        let first = try await fixture.askForToken(client.form(assertion))
        let token = try #require(try first.members["access_token"] as? String)
        _ = try await fixture.askForToken(client.form(assertion))
        _ = try await exchange(fixture, client, client)
        _ = try await fixture.send(.get, Self.search(Self.own), authorization: "Bearer \(token)")
        _ = try await fixture.send(.get, Self.search(Self.own) + "&access_token=\(token)")
        _ = try await fixture.send(.get, Self.search(Self.own), authorization: "Bearer \(token)x")
        _ = try await fixture.send(.get, "/nothing/\(Self.own)?access_token=\(token)")
        try await fixture.hub.pool.query("ALTER TABLE client_assertion RENAME TO away")
        _ = try await fixture.askForToken(client.form(client.assertion(fixture)))
        await fixture.hub.pool.close()
        let text = log.text
        #expect(text.contains("access token issued") && text.contains("access token refused"))
        #expect(text.contains("access token could not be issued") && text.contains("request served"))
        let pem = try String(contentsOfFile: "\(directory)/\(SigningKeys.fileName)", encoding: .utf8)
        let secrets = [token, assertion, Self.own, "PRIVATE KEY"] + token.split(separator: ".").map(String.init)
        for secret in secrets { #expect(!text.contains(secret)) }
        #expect(pem.contains("PRIVATE KEY"))
        var dumped = ""
        dump(fixture.hub.access, to: &dumped)
        #expect(!dumped.contains("PRIVATE KEY") && !dumped.contains(token))
    }
}

/// Keeps every line with its metadata.
private final class CapturedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let error = event.error.map { " \($0) \(String(reflecting: $0))" } ?? ""
            log.lines.withLock { $0.append("\(event.level) \(event.message) \(all)\(error)") }
        }
    }
}
