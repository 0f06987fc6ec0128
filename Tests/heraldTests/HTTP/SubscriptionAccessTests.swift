import Postgres
import NIOCore
import Events
import Access
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import Store
import Subscriptions
import Testing
import Vaccination

@testable import WebAPI
@testable import herald

/// What a client may subscribe to, and read again (`fhir-subscriptions.md` §4.2, `auth.md` §11, A-40).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct SubscriptionAccessTests {
    private static let scope = "system/Subscription.cruds system/Immunization.cruds"
    private static let base = HubFixture.subscriptions

    /// A client hears of the types it may read, and of no others.
    @Test func aSubscriptionIsLimitedToTypesThatMayBeRead() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "flu")
            try await hub.permit("flu", "FLU.RS")
            #expect(
                try await hub.write(.post, Self.base, hub.subscription(filters: "vaccine-type=FLU,MMR"), bearer).status
                    == .forbidden
            )
            let id = try await hub.subscribe(hub.subscription(), bearer)
            let stored = try await hub.hub.store.progress(of: SubscriptionID(#require(UUID(uuidString: id))))
            #expect(stored?.subscription.filter[.vaccineTypes] == ["FLU"])
            let read = try await hub.send(.get, "\(Self.base)/\(id)", authorization: bearer).json()
            #expect(read["_criteria"] == nil, "the resource says what the client said")
            try await hub.permit("flu", "FLU.CUD")
            #expect(
                try await hub.write(.post, Self.base, hub.subscription(filters: "age=5"), bearer).status == .forbidden
            )
        }
    }

    /// A client of organisations subscribes to them, or to patients.
    @Test func aClientOfAnOrganisationNamesIt() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            try await hub.hub.store.update(#require(ClientID("gp")), by: "test") { $0.odsCodes = ["Y12345"] }
            try await Task.sleep(for: ClientRegistry.maximumAge)
            func status(_ filters: String, contact: String? = nil) async throws -> HTTPResponse.Status {
                var resource = hub.subscription(filters: filters).object ?? JSONObject()
                if let contact { resource["contact"] = [["system": "url", "value": .string(contact)]] }
                return try await hub.write(.post, Self.base, .object(resource), bearer).status
            }
            #expect(try await status("vaccine-type=FLU") == .forbidden)
            #expect(try await status("registered-gp=Y99999") == .forbidden)
            #expect(try await status("registered-gp=Y12345,Y99999") == .forbidden)
            #expect(try await status("registered-gp=Y12345") == .created)
            #expect(try await status("performer-organisation=Y12345") == .created)
            #expect(try await status("patient=Patient/9990000018") == .created)
            let directory = "https://directory.spineservices.nhs.uk/STU3/Organization/"
            #expect(
                try await status("registered-gp=Y12345&age=5", contact: directory + "Y99999") == .unprocessableContent
            )
            #expect(try await status("registered-gp=Y12345&age=5", contact: directory + "Y12345") == .created)
        }
    }

    /// §8.2: ranges, content levels, pages; nothing moves.
    ///
    /// D-52: what may no longer be read comes without its resource.
    ///
    /// C-37.
    @Test func storedEventsAreReadAgain() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(), bearer)
            try await hub.activate(id)
            let record = SampleImmunization.id("FLU-0001").description
            try await hub.routing(id, until: 3) {
                _ = try await hub.create(SampleImmunization.make(), bearer)
                _ = try await hub.update(record, SampleImmunization.make(id: record), bearer, at: "1")
                _ = try await hub.send(.delete, "\(HubFixture.records)/\(record)", authorization: bearer)
            } _: {
                let uri = "\(Self.base)/\(id)/$events"
                func numbers(_ query: String) async throws -> [String] {
                    let answer = try await hub.send(.get, uri + query, authorization: bearer)
                    #expect(answer.status == .ok, "\(query)")
                    return try Self.parameters(answer.json()).filter { $0["name"] == "notification-event" }
                        .compactMap { $0["part"]?[0]?["valueString"]?.string }
                }
                #expect(try await numbers("") == ["1", "2", "3"])
                #expect(try await numbers("?eventsSinceNumber=2") == ["2", "3"])
                #expect(try await numbers("?eventsSinceNumber=2&eventsUntilNumber=2") == ["2"])
                #expect(try await numbers("?eventsSinceNumber=4") == [])
                for bad in ["0", "-1", "x", "%2B1", "1.0", "99999999999999999999"] {
                    #expect(
                        try await hub.send(.get, uri + "?eventsSinceNumber=\(bad)", authorization: bearer).status
                            == .badRequest
                    )
                }
                #expect(
                    try await hub.send(.get, uri + "?eventsSinceNumber=3&eventsUntilNumber=2", authorization: bearer)
                        .status
                        == .badRequest
                )
                let body: JSONValue = [
                    "resourceType": "Parameters",
                    "parameter": [
                        ["name": "eventsSinceNumber", "valueString": "1"], ["name": "content", "valueCode": "id-only"],
                    ],
                ]
                let post = try await hub.write(.post, uri, body, bearer).json()
                #expect(post["entry"]?.array?.count == 1, "id-only has the status alone")
                let full = try await hub.send(.get, uri, authorization: bearer).json()
                let methods = (full["entry"]?.array ?? []).dropFirst().compactMap { $0.at("request", "method")?.string }
                #expect(methods == ["POST", "PUT", "DELETE"])
                #expect(full["entry"]?[1]?["resource"] != nil)
                let r4b = "/FHIR/R4B/Subscription/\(id)/$events"
                let other = try await hub.send(.get, r4b + "?eventsUntilNumber=1", authorization: bearer).json()
                #expect(other["entry"]?[0]?.at("resource", "resourceType") == "SubscriptionStatus")
                #expect(
                    try await hub.send(.get, r4b + "?eventsSinceNumber=9", authorization: bearer).status == .notFound
                )
                // The trail names what was shown of whom.
                let officer = try await hub.bearer("system/AuditEvent.rs", client: "officer")
                let trail = try await hub.send(
                    .get,
                    "/FHIR/R4/AuditEvent?entity=Immunization/\(record)&subtype=operation",
                    authorization: officer
                ).json()
                #expect((trail["entry"]?.array?.count ?? 0) >= 4)
                try await hub.permit("gp", "MMR.CRUDS")
                let less = try await hub.send(.get, uri, authorization: bearer).json()
                let entries = less["entry"]?.array ?? []
                #expect(entries.count == 4)
                #expect(entries.dropFirst().allSatisfy { $0["resource"] == nil })
                #expect(entries[1].at("response", "status") == "403")
            }
        }
    }

    private static func parameters(_ bundle: JSONValue) -> [JSONValue] {
        bundle["entry"]?[0]?.at("resource", "parameter")?.array ?? []
    }

    /// §8.1: one and many, in every state, and why one fails.
    ///
    /// C-02, C-36.
    @Test func theStatusIsToldInEveryState() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let one = try await hub.subscribe(hub.subscription(), bearer)
            let two = try await hub.subscribe(hub.subscription(filters: "age=5"), bearer)
            try await hub.activate(two)
            func statuses(_ uri: String) async throws -> [String] {
                let answer = try await hub.send(.get, uri, authorization: bearer).json()
                #expect(answer["type"] == "searchset")
                return (answer["entry"]?.array ?? []).compactMap { entry in
                    entry.at("resource", "parameter")?.array?.first { $0["name"] == "status" }?["valueCode"]?.string
                }.sorted()
            }
            #expect(try await statuses("\(Self.base)/\(one)/$status") == ["requested"])
            #expect(try await statuses("\(Self.base)/$status") == ["active", "requested"])
            #expect(try await statuses("\(Self.base)/$status?id=\(two)&id=\(UUID())") == ["active"])
            #expect(try await statuses("\(Self.base)/$status?status=requested") == ["requested"])
            #expect(try await statuses("\(Self.base)/$status?status=requested&id=\(two)") == [])
            let uuid = try #require(UUID(uuidString: two))
            try await hub.hub.pool.query("UPDATE subscription SET status = 'error' WHERE id = $1", [.uuid(uuid)])
            try await hub.hub.pool.query(
                """
                UPDATE lane SET attempt = 12, first_failure_at = '2026-10-09T10:20:31Z', last_error = 'error-response',
                    next_attempt_at = '2126-10-09T12:05:40Z' WHERE subscription_id = $1
                """,
                [.uuid(uuid)]
            )
            try await hub.hub.pool.query(
                "UPDATE subscription_head SET last_number = 9 WHERE subscription_id = $1",
                [.uuid(uuid)]
            )
            try await hub.hub.pool.query(
                """
                INSERT INTO delivery_attempt (subscription_id, first_number, last_number, attempt, started_at, milliseconds,
                    outcome, http_status) VALUES ($1, 1, 1, 12, now(), 1, 'error-response', 503)
                """,
                [.uuid(uuid)]
            )
            let failing = try await hub.send(.get, "\(Self.base)/\(two)/$status", authorization: bearer).json()
            let error = Self.parameters(failing).first { $0["name"] == "error" }?["valueCodeableConcept"]
            #expect(error?["coding"]?[0]?["code"] == "error-response")
            #expect(
                error?["text"]?.string == "HTTP 503 from endpoint; 12 consecutive failures since 2026-10-09T10:20:31Z; "
                    + "next attempt 2126-10-09T12:05:40Z; oldest undelivered event 1"
            )
            // The breaker of its origin, and what is set aside although it is active (`delivery.md` §6, D-22).
            try await hub.hub.pool.query(
                "INSERT INTO origin_breaker (origin, state) SELECT origin, 'open' FROM subscription LIMIT 1"
            )
            let away = try await hub.send(.get, "\(Self.base)/\(two)/$status", authorization: bearer)
            #expect(String(buffer: away.body).contains("circuit breaker of the endpoint's origin open"))
            try await hub.hub.pool.query(
                "UPDATE subscription SET status = 'active', status_text = 'event 4 was set aside' WHERE id = $1",
                [.uuid(uuid)]
            )
            let active = try await hub.send(.get, "\(Self.base)/\(two)/$status", authorization: bearer)
            #expect(String(buffer: active.body).contains("event 4 was set aside"))
        }
    }

    /// What a filter would have matched, without subscribing; only of the types the client may search.
    @Test func aFilterIsTriedOnThePast() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(), bearer)
            try await hub.activate(id)
            let record = SampleImmunization.id("FLU-0001").description
            try await hub.routing(id, until: 2) {
                _ = try await hub.create(SampleImmunization.make(), bearer)
                _ = try await hub.update(record, SampleImmunization.make(id: record), bearer, at: "1")
            } _: {
                func preview(_ filters: String..., days: Int = 7) async throws -> [String: JSONValue] {
                    var parameters = filters.map { text -> JSONValue in
                        ["name": "filter-criteria", "valueString": .string(text)]
                    }
                    parameters.append(["name": "days", "valueInteger": .number(String(days))])
                    let body: JSONValue = ["resourceType": "Parameters", "parameter": .array(parameters)]
                    let answer = try await hub.write(.post, "\(Self.base)/$preview", body, bearer)
                    #expect(answer.status == .ok, "\(String(buffer: answer.body))")
                    let list = try answer.json()["parameter"]?.array ?? []
                    #expect(list.filter { $0["name"] == "day" }.count == days)
                    return Dictionary(list.map { ($0["name"]?.string ?? "", $0) }) { first, _ in first }
                }
                let all = try await preview()
                #expect(all["events-matched"]?["valueInteger"] == 2 && all["complete"]?["valueBoolean"] == true)
                #expect(
                    all["sample"]?["part"]?[0]?.at("valueReference", "reference")?.string?.hasSuffix(record) == true
                )
                #expect(try await preview("vaccine-type=FLU", "action=update")["events-matched"]?["valueInteger"] == 1)
                #expect(try await preview("vaccine-type=MMR")["events-matched"]?["valueInteger"] == 0)
                #expect(try await preview("status=completed&date=lt2100")["events-matched"]?["valueInteger"] == 2)
                let faulty: JSONValue = [
                    "resourceType": "Parameters",
                    "parameter": [["name": "filter-criteria", "valueString": "colour=red"]],
                ]
                #expect(
                    try await hub.write(.post, "\(Self.base)/$preview", faulty, bearer).status == .unprocessableContent
                )
                try await hub.permit("gp", "MMR.RS")
                #expect(try await preview()["events-examined"]?["valueInteger"] == 0, "not even counted")
            }
        }
    }

    /// D-93, T-19: a subscription that is activated while events flow gets every event committed after that.
    @Test func anActivationAmongEventsMissesNoneThatComesAfter() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            let id = try await hub.subscribe(hub.subscription(), bearer)
            let (total, before) = (60, 20)
            try await running(hub.hub.services()) {
                for number in 1...total {
                    let made = try await hub.create(SampleImmunization.make("FLU-\(number)"), bearer)
                    #expect(made.status == .created)
                    if number == before { try await hub.activate(id) }
                }
                try await eventually(within: .seconds(60), "everything is routed") {
                    try await hub.hub.pool.count("SELECT count(*) FROM event") == total
                }
                #expect(
                    try await hub.hub.pool.count("SELECT count(*) FROM subscription_event") >= total - before,
                    "everything committed after the activation"
                )
                let last = try await hub.hub.pool.query(
                    """
                    SELECT count(*) AS number FROM immunization_version v WHERE v.committed_at >
                        (SELECT activated_at FROM subscription) AND NOT EXISTS (SELECT FROM subscription_event se
                        WHERE se.record_id = v.immunization_id AND se.change = v.change)
                    """
                )
                #expect(try last.first?.decode("number", as: Int64.self) == 0)
            }
        }
    }

    /// §4.4: topics, their search parameters and the CapabilityStatement, as the examples stand.
    ///
    /// C-05, C-06, C-10, C-40.
    @Test func theTopicIsFound() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(Self.scope, client: "gp")
            func get(_ path: String) async throws -> JSONValue {
                let answer = try await hub.send(.get, path, authorization: bearer)
                #expect(answer.status == .ok, "\(path)")
                return try answer.json()
            }
            for (path, fixture) in [
                ("/FHIR/R4/Basic", "topic-r4-basic"), ("/FHIR/R4B/SubscriptionTopic", "topic-r4b-subscriptiontopic"),
            ] {
                // The modifiers of the examples need a source of terminology, which Herald has not.
                let expected = Self.withoutTerminology(try Self.fixture(fixture, hub))
                #expect(try await get("\(path)/vaccination-record-change") == expected)
                #expect(try await get(path)["total"] == 1)
            }
            #expect(
                try await get("/FHIR/R4/Basic?code=http://hl7.org/fhir/fhir-types%7CSubscriptionTopic")["total"] == 1
            )
            #expect(try await get("/FHIR/R4/Basic?code=other")["total"] == 0)
            #expect(try await get("/FHIR/R4B/SubscriptionTopic?url=\(hub.topic)")["total"] == 1)
            #expect(try await get("/FHIR/R4B/SubscriptionTopic?derived-or-self=http://other")["total"] == 0)
            #expect(try await get("/FHIR/SubscriptionTopic/vaccination-record-change")["url"] == .string(hub.topic))
            let topic = try await get("/FHIR/R4B/SubscriptionTopic/vaccination-record-change")
            let filters = topic["canFilterBy"]?.array ?? []
            #expect(
                Set(filters.compactMap { $0["filterParameter"]?.string })
                    == Set(FilterParameter.allCases.map(\.rawValue))
            )
            let prefix = hub.hub.configuration.publicURL
            let own = filters.compactMap { $0["filterDefinition"]?.string }.filter { $0.hasPrefix(prefix) }
            #expect(own.count == 6)
            for url in own { #expect(try await get(String(url.dropFirst(prefix.count)))["url"] == .string(url)) }
            let fragment = try Self.fixture("capabilitystatement-fragment", hub)
            let statement = try await get("/FHIR/R4/metadata")
            #expect(statement["instantiates"] == fragment["instantiates"])
            #expect(statement["implementationGuide"] == fragment["implementationGuide"])
            let told = statement["rest"]?[0]?["resource"]?.array?.first { $0["type"] == "Subscription" }
            let example = fragment["rest"]?[0]?["resource"]?[0]
            for name in ["extension", "supportedProfile", "interaction"] {
                #expect(told?[name] == example?[name], "\(name)")
            }
            for parameter in example?["searchParam"]?.array ?? [] {
                #expect(told?["searchParam"]?.array?.contains(parameter) == true)
            }
            let r4b = try await get("/FHIR/R4B/metadata")
            #expect(r4b["fhirVersion"] == "4.3.0")
        }
    }

    private static func fixture(_ name: String, _ hub: HubFixture) throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "SubscriptionsTests/Fixtures/fhir-subscriptions")
        let text = try String(contentsOf: folder.appending(path: name + ".json"), encoding: .utf8)
            .replacing("https://herald.example/fhir", with: hub.hub.configuration.publicURL + "/FHIR")
        return try JSONValue(parsing: Array(text.utf8))
    }

    private static func withoutTerminology(_ json: JSONValue) -> JSONValue {
        switch json {
        case .array(let list):
            return .array(list.filter { $0["url"] != "modifier" }.map(withoutTerminology))
        case .object(var object):
            if object["modifier"]?[0] == "in" { object["modifier"] = nil }
            for member in object.members { object[member.name] = withoutTerminology(member.value) }
            return .object(object)
        default: return json
        }
    }
}
