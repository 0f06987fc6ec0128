import Access
import Deliveries
import Events
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Postgres
import Store
import Subscriptions
import Testing

@testable import WebAPI
@testable import herald

/// Subscription as a FHIR resource over HTTP (`fhir-subscriptions.md` §3 to §5, §8.5).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct SubscriptionEndpointTests {
    private static let scope = "system/Subscription.cruds"
    private static let base = HubFixture.subscriptions

    private func issues(_ answer: TestResponse) throws -> [String] {
        try (answer.json()["issue"]?.array ?? []).compactMap { $0["code"]?.string }
    }

    /// §5.1, §9.1: 201 with `requested`, Location and ETag; the same when read; values of headers never shown.
    ///
    /// C-01, C-09, C-43.
    @Test func aSubscriptionIsCreatedAndRead() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let created = try await hub.write(
                .post,
                Self.base,
                hub.subscription(
                    filters: "vaccine-type=FLU",
                    status: "active",
                    headers: ["Authorization: secret-token"]
                ),
                bearer
            )
            #expect(created.status == .created)
            let id = try #require(created.json()["id"]?.string)
            #expect(created.headers[.location] == "\(hub.hub.configuration.publicURL)\(Self.base)/\(id)")
            #expect(created.headers[.eTag] == "W/\"1\"")
            #expect(try created.json()["status"]?.string == "requested")
            let read = try await hub.send(.get, "\(Self.base)/\(id)", authorization: bearer)
            #expect(read.status == .ok)
            #expect(try read.json() == created.json())
            #expect(try read.json().at("channel", "header") == ["Authorization: ********"])
            #expect(!String(buffer: read.body).contains("secret-token"))
            // Nor does it stand in the database (`delivery.md` §12).
            let plain =
                "SELECT count(*) FROM subscription s WHERE encode(s.headers, 'escape') || s::text LIKE '%secret-token%'"
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription WHERE headers IS NOT NULL") == 1)
            #expect(try await hub.hub.pool.count(plain) == 0)
            // The same store in the other encoding.
            let other = try await hub.send(.get, "/FHIR/R4B/Subscription/\(id)", authorization: bearer)
            #expect(try other.json() == read.json())
            // A handshake is waiting for its courier.
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM lane_ready") == 1)
        }
    }

    /// §5.1: 400 for what cannot be read, 415, 422 with expressions, 403 without the scope, 401 without a token.
    @Test func whatCannotBeKeptIsRefused() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            func post(_ body: String, type: String = "application/fhir+json") async throws -> TestResponse {
                try await hub.send(
                    .post,
                    Self.base,
                    authorization: bearer,
                    headers: [.contentType: type],
                    body: Array(body.utf8)
                )
            }
            #expect(try await post("{").status == .badRequest)
            #expect(try await post(#"{"resourceType":"Patient"}"#).status == .badRequest)
            #expect(
                try await post(#"{"resourceType":"Subscription","status":"off","status":"off"}"#).status == .badRequest
            )
            #expect(try await post("<Subscription/>", type: "application/fhir+xml").status == .unsupportedMediaType)
            let faulty = try await hub.write(.post, Self.base, hub.subscription(filters: "lot-number=1"), bearer)
            #expect(faulty.status == .unprocessableContent)
            let issue = try #require(faulty.json()["issue"]?[0])
            #expect(issue["code"] == "not-supported" && issue["diagnostics"] == nil)
            #expect(
                issue.at("details", "text")
                    == .string("Filter parameter 'lot-number' is not offered by topic \(hub.topic)")
            )
            #expect(issue["expression"] == ["Subscription.criteria.extension[0]"])
            let reader = try await hub.bearer("system/Subscription.rs", client: "gp")
            #expect(try await hub.write(.post, Self.base, hub.subscription(), reader).status == .forbidden)
            #expect(try await hub.send(.get, Self.base).status == .unauthorized)
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription") == 0)
        }
    }

    /// §5.1: somebody else's is not there, by any interaction; a PUT to what never was is 405.
    ///
    /// C-46.
    @Test func onlyOwnSubscriptionsAreThere() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let other = try await hub.bearer(Self.scope, client: "other")
            let id = try await hub.subscribe(hub.subscription(), bearer)
            let uri = "\(Self.base)/\(id)"
            for path in ["", "/$status", "/$events"] {
                #expect(try await hub.send(.get, uri + path, authorization: other).status == .notFound)
            }
            #expect(try await hub.send(.delete, uri, authorization: other).status == .notFound)
            #expect(try await hub.write(.put, uri, hub.subscription(id: id), other).status == .notFound)
            #expect(try await hub.send(.get, Self.base, authorization: other).json()["total"] == 0)
            #expect(try await hub.send(.get, Self.base + "/$status", authorization: other).json()["total"] == 0)
            let never = UUID().uuidString.lowercased()
            let put = try await hub.write(.put, "\(Self.base)/\(never)", hub.subscription(id: never), bearer)
            #expect(put.status == .methodNotAllowed)
            #expect(try await hub.send(.get, uri, authorization: bearer).status == .ok)
        }
    }

    /// §5: what a PUT changes decides whether there is a new handshake.
    ///
    /// C-47.
    @Test func anUpdateStartsTheHandshakeAgainWhereItMust() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(headers: ["X-Key: first"]), bearer)
            let uri = "\(Self.base)/\(id)"
            try await hub.activate(id)
            func put(_ resource: JSONValue, match: String? = nil) async throws -> TestResponse {
                var headers: HTTPFields = [:]
                headers[.ifMatch] = match
                return try await hub.write(.put, uri, resource, bearer, headers: headers)
            }
            let soft = try await put(
                hub.subscription(id: id, reason: "better", headers: ["X-Key: ********"]),
                match: "W/\"1\""
            )
            #expect(soft.status == .ok)
            #expect(soft.headers[.eTag] == "W/\"2\"")
            #expect(try soft.json()["status"]?.string == "active")
            let stored = try await hub.hub.store.progress(of: SubscriptionID(#require(UUID(uuidString: id))))
            let lines = try #require(stored?.subscription.headers)
            #expect(!lines.joined().contains("first"))
            #expect(try hub.hub.headers.open(lines, of: #require(stored).subscription.id) == ["X-Key: first"])
            #expect(try await put(hub.subscription(id: id), match: "W/\"1\"").status == .preconditionFailed)
            #expect(try await put(hub.subscription(id: "other")).status == .badRequest)
            let hard = try await put(hub.subscription(endpoint: "https://subscriber.example/new", id: id))
            #expect(try hard.json()["status"]?.string == "requested")
            // Numbering goes on meanwhile: it was active before.
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription WHERE recording") == 1)
            let off = try await put(hub.subscription(endpoint: "https://subscriber.example/new", status: "off", id: id))
            #expect(try off.json()["status"]?.string == "off")
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription WHERE recording") == 0)
            let again = try await put(hub.subscription(endpoint: "https://subscriber.example/new", id: id))
            #expect(try again.json()["status"]?.string == "requested")
            #expect(try again.json()["error"]?.string?.hasPrefix("no events recorded from ") == true)
        }
    }

    /// D-70, D-71, D-73: an endpoint is judged when it is named, with what operators opened to its client.
    @Test func anEndpointInANetworkThatIsOpenToItsClientIsTaken() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            func create(_ endpoint: String) async throws -> HTTPResponse.Status {
                try await hub.write(.post, Self.base, hub.subscription(endpoint: endpoint), bearer).status
            }
            #expect(try await create("https://10.1.2.3/hook") == .unprocessableContent)
            #expect(try await create("https://0x7f.1/hook") == .unprocessableContent)
            try await hub.hub.store.update(#require(ClientID("gp")), by: "test") {
                $0.endpointNetworks = ["10.1.0.0/16"]
            }
            #expect(try await create("https://10.1.2.3/hook") == .created)
            #expect(try await create("https://10.2.2.3/hook") == .unprocessableContent)
        }
    }

    /// §5: 204, then 410.
    @Test func aDeletedSubscriptionIsGone() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(headers: ["X-Key: first"]), bearer)
            let uri = "\(Self.base)/\(id)"
            #expect(try await hub.send(.post, uri + "/$secret", authorization: bearer).status == .ok)
            #expect(try await hub.send(.delete, uri, authorization: bearer).status == .noContent)
            // Its secrets are nobody's any more (`delivery.md` §12).
            let secrets =
                "SELECT (SELECT count(headers) FROM subscription) + (SELECT count(*) FROM subscription_secret) AS count"
            #expect(try await hub.hub.pool.count(secrets) == 0)
            for path in ["", "/$status", "/$events"] {
                #expect(try await hub.send(.get, uri + path, authorization: bearer).status == .gone)
            }
            #expect(try await hub.send(.delete, uri, authorization: bearer).status == .noContent)
            #expect(try await hub.write(.put, uri, hub.subscription(id: id), bearer).status == .gone)
            #expect(try await hub.send(.get, Self.base, authorization: bearer).json()["total"] == 0)
            // What was deleted counts neither as a duplicate nor against the limit.
            _ = try await hub.subscribe(hub.subscription(), bearer)
        }
    }

    /// §5.1: the same again is a duplicate, unless `If-None-Exist` asks first; a client has a limit.
    @Test func duplicatesAndTooManyAreRefused() async throws {
        try await HubFixture.with({ $0.subscriptionLimit = 2 }) { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(), bearer)
            let again = try await hub.write(.post, Self.base, hub.subscription(), bearer)
            #expect(again.status == .unprocessableContent)
            #expect(try issues(again) == ["duplicate"])
            #expect(again.headers[.location]?.hasSuffix(id) == true)
            let condition: HTTPFields = [HeaderName.ifNoneExist: "url=https://subscriber.example/hook"]
            let found = try await hub.write(.post, Self.base, hub.subscription(), bearer, headers: condition)
            #expect(found.status == .ok)
            #expect(try found.json()["id"]?.string == id)
            _ = try await hub.subscribe(hub.subscription(filters: "vaccine-type=FLU"), bearer)
            let third = try await hub.write(.post, Self.base, hub.subscription(filters: "vaccine-type=MMR"), bearer)
            #expect(try issues(third) == ["too-costly"])
        }
    }

    /// A-51: every change has its line in the trail, in its own transaction; a refusal has one too.
    @Test func everyChangeIsAudited() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(), bearer)
            _ = try await hub.write(.put, "\(Self.base)/\(id)", hub.subscription(id: id, reason: "other"), bearer)
            _ = try await hub.write(.post, Self.base, hub.subscription(filters: "x=1"), bearer)
            _ = try await hub.send(.delete, "\(Self.base)/\(id)", authorization: bearer)
            let officer = try await hub.bearer("system/AuditEvent.rs", client: "officer")
            let trail = try await hub.send(.get, "/FHIR/R4/AuditEvent?agent=gp", authorization: officer).json()
            let entries = (trail["entry"]?.array ?? []).compactMap { $0["resource"] }
            #expect(entries.compactMap { $0["action"]?.string } == ["D", "C", "U", "C"])
            #expect(entries.compactMap { $0["outcome"]?.string } == ["0", "4", "0", "0"])
            let references = entries.map { String(decoding: $0.bytes, as: UTF8.self).contains("Subscription/\(id)") }
            #expect(references == [true, false, true, true])
        }
    }

    /// §8.5: by meaning, only the caller's own, in pages.
    ///
    /// C-08.
    @Test func aSearchFindsByEachParameter() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let one = try await hub.subscribe(hub.subscription(filters: "vaccine-type=FLU"), bearer)
            let two = try await hub.subscribe(hub.subscription(endpoint: "https://two.example/hook"), bearer)
            try await hub.activate(two)
            func ids(_ query: String) async throws -> [String] {
                let answer = try await hub.send(.get, "\(Self.base)?\(query)", authorization: bearer)
                #expect(answer.status == .ok, "\(query) \(String(buffer: answer.body))")
                return try (answer.json()["entry"]?.array ?? []).compactMap { $0.at("resource", "id")?.string }.sorted()
            }
            let both = [one, two].sorted()
            #expect(try await ids("") == both)
            #expect(try await ids("url=https://two.example/hook") == [two])
            #expect(try await ids("status=active") == [two])
            #expect(try await ids("status=active,requested") == both)
            #expect(try await ids("filter-criteria=vaccine-TYPE") == [one])
            #expect(try await ids("topic=\(hub.topic)") == both)
            #expect(try await ids("topic=https://other.example/") == [])
            #expect(try await ids("payload=application/fhir%2Bjson&type=rest-hook") == both)
            #expect(try await ids("custom-channel=mesh") == [])
            #expect(try await ids("_id=\(one)") == [one])
            #expect(try await ids("contact=x") == [])
            #expect(try await ids("identifier=x") == [])
            let page = try await hub.send(.get, Self.base + "?_count=1", authorization: bearer).json()
            #expect(page["total"] == 2)
            let next = try #require(page["link"]?[1]?["url"]?.string)
            let path = String(next.dropFirst(hub.hub.configuration.publicURL.count))
            let second = try await hub.send(.get, path, authorization: bearer).json()
            #expect(second["entry"]?[0]?.at("resource", "id")?.string == both[1])
            #expect(try await hub.send(.get, Self.base + "?colour=red", authorization: bearer).status == .badRequest)
            let form = try await hub.send(
                .post,
                Self.base + "/_search",
                authorization: bearer,
                headers: [.contentType: "application/x-www-form-urlencoded"],
                body: Array("status=active".utf8)
            )
            #expect(try form.json()["total"] == 1)
        }
    }

    /// §5: the clock ends a subscription, in what is shown at once and in what is recorded soon.
    @Test func aSubscriptionEndsByTheClock() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(), bearer)
            try await hub.activate(id)
            try await hub.hub.pool.query("UPDATE subscription SET end_at = now() - interval '1 second'")
            let read = try await hub.send(.get, "\(Self.base)/\(id)", authorization: bearer).json()
            #expect(read["status"] == "off")
            #expect(try await hub.hub.store.switchOffEnded() == 1)
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription WHERE recording") == 0)
            #expect(try await hub.hub.store.switchOffEnded() == 0)
            // What the server switched off is recorded for 14 days more.
            let other = try await hub.subscribe(hub.subscription(endpoint: "https://gone.example/"), bearer)
            try await hub.hub.pool.query(
                "UPDATE subscription SET status = 'off', off_by = 'server', off_at = now() - interval '13 days' WHERE id = $1",
                [.uuid(#require(UUID(uuidString: other)))]
            )
            #expect(try await hub.hub.store.switchOffEnded() == 0)
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription WHERE recording") == 1)
            try await hub.hub.pool.query(
                "UPDATE subscription SET off_at = now() - interval '15 days' WHERE off_by = 'server'"
            )
            #expect(try await hub.hub.store.switchOffEnded() == 1)
            #expect(try await hub.hub.pool.count("SELECT count(*) FROM subscription WHERE recording") == 0)
        }
    }
}
