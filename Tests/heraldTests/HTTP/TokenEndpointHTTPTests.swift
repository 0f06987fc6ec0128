import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Postgres
import Store
import Testing
import WebAPI

@testable import Access
@testable import herald

/// The token endpoint over HTTP and PostgreSQL (`auth.md` §9, §14).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct TokenEndpointHTTPTests {
    private static let search =
        "/FHIR/R4/Immunization?patient:identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C"

    @Test("A-14, A-15, A-17: a token is issued, and opens what it says")
    func aTokenIsIssuedAndUsed() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let form = try client.form(client.assertion(fixture), ["scope": "system/Immunization.rs"])
            let answer = try await fixture.askForToken(
                form,
                contentType: "application/x-www-form-urlencoded; charset=UTF-8"
            )
            #expect(answer.status == .ok)
            #expect(
                answer.headers[.cacheControl] == "no-store" && answer.headers[HTTPField.Name("Pragma")!] == "no-cache"
            )
            let members = try answer.members
            #expect(members["token_type"] as? String == "Bearer" && members["expires_in"] as? Int == 600)
            #expect(members["scope"] as? String == "system/Immunization.rs" && members["issued_token_type"] == nil)
            let bearer = "Bearer \(try #require(members["access_token"] as? String))"
            let found = try await fixture.send(.get, Self.search + "9991000003", authorization: bearer)
            #expect(found.status == .ok)
            // The assertion is no access token, and neither is another hub's token.
            let assertion = "Bearer \(try client.assertion(fixture))"
            #expect(
                try await fixture.send(.get, Self.search + "9991000003", authorization: assertion).status
                    == .unauthorized
            )
        }
    }

    @Test("A-14: errors are RFC 6749's, with a message id")
    func errorsAreOAuthErrors() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let good = try client.form(client.assertion(fixture))
            let cases: [(TestResponse, Int, String)] = try await [
                (fixture.askForToken(good, contentType: "application/json"), 415, "invalid_request"),
                (fixture.askForToken(good + "&scope=a&scope=b"), 400, "invalid_request"),
                (fixture.askForToken(good + "&client%5Fassertion=x"), 400, "invalid_request"),
                (fixture.askForToken("grant_type=%zz"), 400, "invalid_request"),
                (fixture.askForToken("grant_type=%ff"), 400, "invalid_request"),
                (fixture.askForToken(""), 400, "invalid_request"),
                (fixture.askForToken(good, headers: [.authorization: "Basic eDp5"]), 400, "invalid_request"),
                (fixture.askForToken("x=" + String(repeating: "a", count: 49 * 1024)), 413, "invalid_request"),
                (fixture.askForToken("grant_type=password&username=a&password=b"), 400, "unsupported_grant_type"),
                (fixture.askForToken(client.form("x.y.z")), 400, "invalid_client"),
                (
                    fixture.askForToken(AssertingClient("nobody").form(AssertingClient("nobody").assertion(fixture))),
                    401, "invalid_client"
                ),
                (
                    fixture.askForToken(AssertingClient().form(AssertingClient().assertion(fixture))), 401,
                    "invalid_client"
                ),
                (
                    fixture.askForToken(client.form(client.assertion(fixture), ["scope": "system/AuditEvent.rs"])), 400,
                    "invalid_scope"
                ),
            ]
            for (answer, status, code) in cases {
                let members = try answer.members
                #expect(Int(answer.status.code) == status && members["error"] as? String == code, "\(members)")
                #expect((members["error_description"] as? String)?.isEmpty == false)
                #expect(UUID(uuidString: members["message_id"] as? String ?? "") != nil)
                #expect(answer.headers[.cacheControl] == "no-store")
            }
            let get = try await fixture.send(.get, "/oauth2/token")
            #expect(get.status == .methodNotAllowed && get.headers[.allow]?.contains("POST") == true)
        }
    }

    @Test("§10: a form of 48 KiB is read, and not one byte more")
    func theFormHasALimit() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let form = try client.form(client.assertion(fixture)) + "&padding="
            let longest = form + String(repeating: "a", count: 48 * 1024 - form.utf8.count)
            #expect(try await fixture.askForToken(longest).status == .ok)
            let answer = try await fixture.askForToken(longest + "a")
            #expect(answer.status == .contentTooLarge)
            #expect(try answer.members["error_description"] as? String == "the form is larger than 48 KiB")
        }
    }

    @Test("Q-130: who asks for tokens too often waits, and others do not")
    func tokensHaveARate() async throws {
        try await HubFixture.with {
            $0.rateLimits.tokenClient = RateLimit(perSecond: 1, burst: 3)
        } _: { (fixture) async throws in
            let (flood, other) = (AssertingClient("flood"), AssertingClient("other"))
            for client in [flood, other] { try await client.register(in: fixture) }
            var refused: TestResponse?
            for _ in 0..<200 where refused == nil {
                let answer = try await fixture.askForToken(flood.form(flood.assertion(fixture)))
                if answer.status != .ok { refused = answer }
            }
            let answer = try #require(refused)
            #expect(answer.status == .tooManyRequests && answer.headers[.retryAfter] == "1")
            #expect(!String(buffer: answer.body).contains("access_token"))
            #expect(try await fixture.askForToken(other.form(other.assertion(fixture))).status == .ok)
        }
    }

    @Test("Q-130: an address that asks too often is refused before its assertions are looked at")
    func addressesHaveARate() async throws {
        try await HubFixture.with {
            $0.rateLimits.tokenAddress = RateLimit(perSecond: 1, burst: 3)
        } _: { (fixture) async throws in
            var statuses: [Int] = []
            for _ in 0..<60 { statuses.append(try await fixture.askForToken("grant_type=password").status.code) }
            #expect(statuses.first == 400 && statuses.contains(429))
        }
    }

    @Test("A-12, §14: a replayed jti is refused at once, concurrently, by another hub and after a restart")
    func replaysAreRefusedEverywhere() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let form = try client.form(client.assertion(fixture, jti: "together \u{1F512} \"'"))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 { group.addTask { Int(try await fixture.askForToken(form).status.code) } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200] + Array(repeating: 400, count: 11))
            try await HubFixture.with { other in
                // Another hub, begun later on the same database.
                let replay = try await other.askForToken(form)
                let fresh = try await other.askForToken(client.form(client.assertion(other)))
                #expect(replay.status == .badRequest && fresh.status == .ok)
            }
        }
    }

    @Test("A-12: what is remembered is forgotten once it is over")
    func usedAssertionsArePruned() async throws {
        try await HubFixture.with { fixture in
            let store = fixture.hub.store
            let client = try #require(ClientID("c"))
            let start = Date(timeIntervalSince1970: 1_790_000_000)
            for number in UInt8(0)..<30 {
                #expect(try await store.recordAssertion([number], of: client, until: start, now: start))
            }
            #expect(try await !store.recordAssertion([0], of: client, until: start, now: start))
            let later = start.addingTimeInterval(3600)
            for number in UInt8(100)..<104 {
                #expect(try await store.recordAssertion([number], of: client, until: later, now: later))
            }
            let rows = try await fixture.hub.pool.query("SELECT count(*) AS n FROM client_assertion")
            #expect(try rows.first?.decode("n", as: Int64.self) == 4)
        }
    }

    @Test("A-04: without the database there is no token")
    func noDatabaseNoToken() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            try await fixture.hub.pool.query("ALTER TABLE client_assertion RENAME TO away")
            let answer = try await fixture.askForToken(client.form(client.assertion(fixture)))
            #expect(answer.status == .serviceUnavailable)
            #expect(try answer.members["access_token"] == nil)
        }
    }

    @Test("§14: a client that is switched off gets no token, and its tokens end")
    func deactivatedClient() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let bearer = try await fixture.token(for: client)
            try await fixture.hub.store.update(ClientID(client.id)!, by: "test") { $0.isEnabled = false }
            try await HubFixture.with { other in
                let refused = try await other.askForToken(client.form(client.assertion(other)))
                #expect(refused.status == .unauthorized)
            }
            let end = ContinuousClock.now + .seconds(30)
            var status = HTTPResponse.Status.ok
            while status != .unauthorized, ContinuousClock.now < end {
                status = try await fixture.send(.get, Self.search + "9991000003", authorization: bearer).status
            }
            #expect(status == .unauthorized)
        }
    }

    @Test("A-50: every token and every refusal is in the audit trail")
    func tokensAreAudited() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let form = try client.form(client.assertion(fixture))
            _ = try await fixture.askForToken(form)
            _ = try await fixture.askForToken(form)
            let rows = try await fixture.hub.pool.query(
                """
                SELECT client, status::int8 AS status FROM audit_record
                WHERE status IS NOT NULL ORDER BY recorded, status
                """
            )
            let clients = try rows.map { try $0.decode("client", as: String.self) }
            let statuses = try rows.map { try $0.decode("status", as: Int64.self) }
            #expect(clients == [client.id, client.id] && statuses == [200, 400])
        }
    }

    @Test("A-20 row 10: a revoked token is refused within seconds")
    func revokedTokensAreRefused() async throws {
        try await HubFixture.with { fixture in
            let client = AssertingClient()
            try await client.register(in: fixture)
            let bearer = try await fixture.token(for: client)
            let token = try CompactToken(parsing: bearer.dropFirst("Bearer ".count))
            let id = TokenID(try #require(try token.claims.text("jti")))
            try await fixture.hub.store.revoke(id, until: Date(timeIntervalSinceNow: 600), by: "test")
            try await HubFixture.with { other in
                let now = try await other.hub.store.revokedTokens(now: Date())
                let later = try await other.hub.store.revokedTokens(now: Date(timeIntervalSinceNow: 601))
                #expect(now == [id] && later.isEmpty)
            }
            // The fixture's hub has asked for no token before, so it has not read the list yet.
            let answer = try await fixture.send(.get, Self.search + "9991000003", authorization: bearer)
            #expect(answer.status == .unauthorized && String(buffer: answer.body).contains("revoked"))
        }
    }
}
