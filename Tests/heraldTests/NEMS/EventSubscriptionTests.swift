import Access
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

/// Subscriptions to national events over HTTP (`nems.md` §2, §4).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct EventSubscriptionTests {
    private static let base = "/STU3/Subscription"
    private static let scope = "system/Subscription.cruds"
    static let generic =
        "/Bundle?type=message&serviceType=CHO&subscriptionRuleType=CHO_POSTCODE_CCG&Organization.identifier=15F"
        + "&MessageHeader.event=vaccinations-1&Patient.age=lt20"

    /// A Subscription of the profile.
    static func resource(
        _ criteria: String = generic,
        organisation: String = "RY6",
        mailbox: String = "RY6HC001",
        _ change: (inout JSONObject) -> Void = { _ in }
    ) -> JSONValue {
        var resource = JSONObject()
        resource["resourceType"] = "Subscription"
        resource["meta"] = ["profile": [.string(EventSubscriptionForm.profile)]]
        resource["status"] = "requested"
        resource["contact"] = [
            [
                "system": "url", "use": "work",
                "value": .string("https://directory.spineservices.nhs.uk/STU3/Organization/\(organisation)"),
            ]
        ]
        resource["reason"] = "Child health information service"
        resource["criteria"] = .string(criteria)
        resource["channel"] = ["type": "message", "endpoint": .string(mailbox)]
        change(&resource)
        return .object(resource)
    }

    /// Lends a hub that knows the area 15F, and what a child health service's client shows.
    static func with(
        _ rights: @escaping @Sendable (inout EventRights) -> Void = { _ in },
        _ body: (HubFixture, String) async throws -> Void
    ) async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer(scope, client: "chis")
            try await hub.hub.store.update(#require(ClientID("chis")), by: "test") { client in
                client.eventRights.kinds = [.generic, .explicit]
                client.eventRights.events = ["VACCINATIONS_1"]
                client.eventRights.mailboxes = ["RY6HC001": "RY6", "RY6HC002": "RY6", "A1HC001": "A1"]
                client.odsCodes = ["RY6"]
                rights(&client.eventRights)
            }
            try await hub.hub.pool.query(
                "INSERT INTO postcode_place (prefix, sub_location, authority, country) VALUES ('DH', '15F', '716', 'E92000001')"
            )
            try await body(hub, bearer)
        }
    }

    private static func answer(
        _ hub: HubFixture,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ bearer: String?,
        _ more: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await answer(hub, method, path, nil, bearer, more)
    }

    private static func answer(
        _ hub: HubFixture,
        _ method: HTTPRequest.Method,
        _ path: String,
        _ resource: JSONValue?,
        _ bearer: String?,
        _ more: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers: HTTPFields = [.accept: "application/fhir+json", .contentType: "application/fhir+json"]
        for field in more { headers[field.name] = field.value }
        return try await hub.send(method, path, authorization: bearer, headers: headers, body: resource?.bytes)
    }

    private static func code(_ answer: TestResponse) throws -> String? {
        try answer.json()["issue"]?[0]?.at("details", "coding")?[0]?["code"]?.string
    }

    // §4.1: create, read, delete; ids of 32 digits, no body, own ones only.
    @Test func aSubscriptionIsCreatedReadAndDeleted() async throws {
        try await Self.with { hub, bearer in
            let created = try await Self.answer(hub, .post, Self.base, Self.resource(Self.generic + "&tag=a|b"), bearer)
            #expect(created.status == .created, "\(String(buffer: created.body))")
            #expect(created.body.readableBytes == 0)
            #expect(created.headers[.eTag] == "W/\"1\"")
            #expect(created.headers[.lastModified] != nil)
            let location = try #require(created.headers[.location])
            let id = try #require(location.split(separator: "/").last)
            #expect(location == "\(hub.hub.configuration.publicURL)/STU3/Subscription/\(id)")
            #expect(id.count == 32)
            let read = try await Self.answer(hub, .get, "\(Self.base)/\(id)", bearer)
            #expect(read.status == .ok)
            let resource = try read.json()
            #expect(resource["status"] == "active")
            #expect(resource["id"]?.string == String(id))
            #expect(resource["criteria"]?.string == Self.generic + "&tag=a|b")
            let subscriptionID = try #require(SubscriptionID(compact: id))
            let stored = try #require(try await hub.hub.store.eventSubscription(subscriptionID, of: "chis"))
            #expect(stored.tag == "a|b")
            #expect(stored.subscription.mailbox == "RY6HC001")
            #expect(stored.subscription.filter[.homeSubLocations] == ["15F"])
            // Others do not see it, and neither do the routes of R4.
            let other = try await hub.bearer(Self.scope, client: "other")
            for method in [HTTPRequest.Method.get, .delete] {
                let answer = try await Self.answer(hub, method, "\(Self.base)/\(id)", other)
                #expect(answer.status == .notFound)
                #expect(try Self.code(answer) == "NO_RECORD_FOUND")
            }
            let uuid = stored.subscription.id.description
            #expect(
                try await hub.send(.get, "\(HubFixture.subscriptions)/\(uuid)", authorization: bearer).status
                    == .notFound
            )
            #expect(
                try await hub.send(.get, HubFixture.subscriptions, authorization: bearer).json()["total"]?.integer == 0
            )
            let deleted = try await Self.answer(hub, .delete, "\(Self.base)/\(id)", bearer)
            #expect(deleted.status == .ok)
            #expect(deleted.body.readableBytes == 0)
            #expect(try await Self.answer(hub, .get, "\(Self.base)/\(id)", bearer).status == .notFound)
            #expect(try await Self.answer(hub, .delete, "\(Self.base)/\(id)", bearer).status == .notFound)
        }
    }

    // §2.2: XML by default, JSON where it is asked for.
    @Test func xmlIsTheStandard() async throws {
        try await Self.with { hub, bearer in
            let body = try STU3XMLWriter.document(of: Self.resource())
            let created = try await hub.send(.post, Self.base, authorization: bearer, body: body)
            #expect(created.status == .created, "\(String(buffer: created.body))")
            let path = try #require(created.headers[.location]).replacing(hub.hub.configuration.publicURL, with: "")
            let read = try await hub.send(.get, path, authorization: bearer)
            #expect(read.headers[.contentType] == "application/xml+fhir;charset=utf-8")
            let resource = try STU3XMLReader.resource(in: Array(read.body.readableBytesView))
            #expect(resource["criteria"]?.string == Self.generic)
            let refused = try await hub.send(.get, Self.base + "/x", authorization: bearer)
            #expect(refused.status == .badRequest)
            #expect(String(buffer: refused.body).contains("Spine-OperationOutcome-1"))
            let again = try await hub.send(.post, Self.base, authorization: bearer, body: body)
            #expect(again.status == .unprocessableContent)
        }
    }

    private static func changed(_ change: @escaping @Sendable (inout JSONObject) -> Void) -> JSONValue {
        resource(generic, change)
    }

    private static let refused: [(step: Int, resource: JSONValue, status: Int, code: String)] = [
        (2, changed { $0["id"] = "1" }, 405, "MSG_RESOURCE_ID_FAIL"),
        (2, changed { $0["status"] = "active" }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["reason"] = " " }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["contact"] = nil }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["contact"] = [["system": "url", "use": "work", "value": "RY6"]] }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["criteria"] = nil }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["end"] = "2041-03-15" }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["error"] = "x" }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["tag"] = [["code": "x"]] }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["channel"] = ["type": "rest-hook", "endpoint": "RY6HC001"] }, 422, "INVALID_RESOURCE"),
        (2, changed { $0["contained"] = [["resourceType": "Patient"]] }, 422, "INVALID_RESOURCE"),
        (3, resource(generic + "&colour=red"), 400, "INVALID_REQUEST_MESSAGE"),
        (
            3,
            resource(
                "/Bundle?type=message&Patient.identifier=https://fhir.nhs.uk/Id/nhs-number|9990000027"
                    + "&MessageHeader.event=vaccinations-1"
            ), 400, "INVALID_NHS_NUMBER"
        ),
        (
            3,
            resource("/Bundle?type=message&Patient.identifier=https://x|9990000026&MessageHeader.event=vaccinations-1"),
            400, "INVALID_IDENTIFIER_SYSTEM"
        ),
        (
            4, resource(generic.replacing("vaccinations-1", with: "pds-record-change-1")), 400,
            "INVALID_REQUEST_MESSAGE"
        ),
        (5, resource(organisation: "ZZ9"), 404, "ORGANISATION_NOT_FOUND"),
        (5, resource(generic.replacing("15F", with: "99Z")), 404, "ORGANISATION_NOT_FOUND"),
        (5, resource(mailbox: "A1HC001"), 400, "CONFLICTING_VALUES"),
        (5, resource(mailbox: "OTHER001"), 400, "CONFLICTING_VALUES"),
        (5, changed { $0["end"] = "2020-01-01T00:00:00Z" }, 422, "INVALID_RESOURCE"),
        (6, resource(organisation: "A1", mailbox: "A1HC001"), 403, "ACCESS_DENIED"),
    ]

    // §4.4 steps 2 to 6, with the answers of §2.4.
    @Test func everyStepHasItsAnswer() async throws {
        try await Self.with { hub, bearer in
            for (step, resource, status, code) in Self.refused {
                let answer = try await Self.answer(hub, .post, Self.base, resource, bearer)
                #expect(answer.status.code == status, "step \(step): \(String(buffer: answer.body))")
                #expect(try Self.code(answer) == code, "step \(step)")
                let outcome = try answer.json()
                #expect(outcome["id"] != nil)
                #expect(outcome["issue"]?[0]?["diagnostics"]?.string?.isEmpty == false)
                #expect(!String(buffer: answer.body).contains("999000002"), "no patient in an answer")
            }
            #expect(try await hub.hub.store.eventSubscriptions(EventSubscriptionQuery(), of: "chis").total == 0)
        }
    }

    // §4.5: kind and event are properties of the client.
    @Test(arguments: ["kind", "event"]) func whoIsNotEntitledIsRefused(_ missing: String) async throws {
        try await Self.with { rights in
            if missing == "kind" { rights.kinds = [.explicit] } else { rights.events = ["PDSRECORDCHANGE_1"] }
        } _: { hub, bearer in
            let answer = try await Self.answer(hub, .post, Self.base, Self.resource(), bearer)
            #expect(answer.status == .forbidden)
            #expect(try Self.code(answer) == "ACCESS_DENIED")
            #expect(
                String(buffer: answer.body).contains(
                    missing == "kind" ? "NEMS_SUBS_TYPE:GENERIC" : "NEMS_EVENT_ID:VACCINATIONS_1"
                )
            )
        }
    }

    // §4.4 step 7: the tag makes no difference, the mailbox and the criteria do; one that is gone is in nobody's way.
    @Test func step7_duplicatesAreRefusedWithTheOtherOnesID() async throws {
        try await Self.with { hub, bearer in
            func create(_ criteria: String, mailbox: String = "RY6HC001") async throws -> TestResponse {
                try await Self.answer(hub, .post, Self.base, Self.resource(criteria, mailbox: mailbox), bearer)
            }
            let first = try await create(Self.generic + "&tag=one")
            let location = try #require(first.headers[.location])
            let id = try #require(location.split(separator: "/").last)
            let parts = Self.generic.dropFirst("/Bundle?type=message&".count).split(separator: "&")
            let turned = "/Bundle?type=message&" + parts.reversed().joined(separator: "&") + "&tag=two"
            let second = try await create(turned)
            #expect(second.status == .unprocessableContent)
            #expect(try Self.code(second) == "DUPLICATE_REJECTED")
            #expect(
                try second.json()["issue"]?[0]?["diagnostics"]?.string == "subscription already exists : \"\(id)\""
            )
            #expect(second.headers[.location] == location)
            #expect(try await create(turned, mailbox: "RY6HC002").status == .created)
            #expect(try await create(Self.generic.replacing("lt20", with: "lt19")).status == .created)
            #expect(try await Self.answer(hub, .delete, "\(Self.base)/\(id)", bearer).status == .ok)
            #expect(try await create(turned).status == .created)
        }
    }

    // §4.4 end: what never comes is said.
    @Test func eventsThatTheHubDoesNotHaveAreSaid() async throws {
        try await Self.with {
            $0.events = ["VACCINATIONS_1", "PDSRECORDCHANGE_1"]
        } _: { hub, bearer in
            let criteria =
                "/Bundle?type=message&serviceType=EPCHR&Patient.identifier=http://fhir.nhs.net/Id/nhs-number|9990000026"
                + "&MessageHeader.event=vaccinations-1&MessageHeader.event=pds-record-change-1"
            let answer = try await Self.answer(hub, .post, Self.base, Self.resource(criteria), bearer)
            #expect(answer.status == .created)
            #expect(try answer.json()["issue"]?[0]?["severity"] == "information")
            #expect(String(buffer: answer.body).contains("pds-record-change-1"))
        }
    }

    // §2.2: of a client with an ASID the headers must be there and right; they grant nothing to others.
    @Test func headersOfAnASIDAreChecked() async throws {
        try await Self.with {
            $0.asid = "918999198999"
        } _: { hub, bearer in
            func status(
                _ from: String?,
                _ interaction: String?,
                to: String? = "200000000306"
            ) async throws -> String {
                var headers: HTTPFields = [:]
                headers[HeaderName.fromASID] = from
                headers[HeaderName.toASID] = to
                headers[HeaderName.interactionID] = interaction
                let answer = try await Self.answer(hub, .post, Self.base, Self.resource(), bearer, headers)
                let code = answer.status == .created ? "" : try Self.code(answer) ?? ""
                return "\(answer.status.code) \(code)"
            }
            let post = "urn:nhs:names:services:clinicals-sync:SubscriptionsApiPost"
            let get = "urn:nhs:names:services:clinicals-sync:SubscriptionsApiGet"
            let asid = "918999198999"
            let answers = [
                try await status(nil, post), try await status(asid, nil), try await status(asid, post, to: nil),
                try await status("91899919899", post), try await status(asid, get),
                try await status("918999198998", post), try await status(asid, post),
            ]
            let missing = Array(repeating: "400 MISSING_OR_INVALID_HEADER", count: 5)
            #expect(answers == missing + ["403 ASID_CHECK_FAILED", "201 "])
        }
    }

    // §2.3 [R]: the unsigned JWT is no authentication.
    @Test func anUnsignedTokenGrantsNothing() async throws {
        try await Self.with { hub, bearer in
            let header = Data(#"{"alg":"none","typ":"JWT"}"#.utf8),
                claims = Data(
                    #"{"sub":"chis","client_id":"chis","scope":"patient/Subscription.write","exp":9999999999}"#.utf8
                )
            let token = "Bearer \(Base64URL.encode(header)).\(Base64URL.encode(claims))."
            for token in [token, nil] {
                let answer = try await Self.answer(hub, .post, Self.base, Self.resource(), token)
                #expect(answer.status == .unauthorized)
                #expect(try Self.code(answer) == "MISSING_OR_INVALID_HEADER")
            }
            let reader = try await hub.bearer("system/Subscription.r", client: "chis")
            let answer = try await Self.answer(hub, .post, Self.base, Self.resource(), reader)
            #expect(answer.status == .forbidden)
            #expect(try Self.code(answer) == "ACCESS_DENIED")
        }
    }

    // §2.2, §2.4
    @Test func formsThatAreNotSpokenAreRefused() async throws {
        try await Self.with { hub, bearer in
            let text = try await Self.answer(
                hub,
                .post,
                Self.base,
                Self.resource(),
                bearer,
                [.contentType: "text/plain"]
            )
            #expect(text.status == .unsupportedMediaType)
            #expect(try Self.code(text) == "UNSUPPORTED_MEDIA_TYPE")
            let csv = try await Self.answer(hub, .get, Self.base, bearer, [.accept: "text/csv"])
            #expect(csv.status == .unsupportedMediaType)
            for body in ["", "{", "[]", "<Subscription"] {
                let answer = try await hub.send(
                    .post,
                    Self.base,
                    authorization: bearer,
                    headers: [.accept: "application/fhir+json", .contentType: "application/fhir+json"],
                    body: Array(body.utf8)
                )
                #expect(answer.status == .badRequest)
                #expect(try Self.code(answer) == "MESSAGE_NOT_WELL_FORMED")
            }
        }
    }

    // §9: one's own are found, in pages.
    @Test func ownSubscriptionsAreFound() async throws {
        try await Self.with { hub, bearer in
            for age in 1...5 {
                let criteria = Self.generic.replacing("lt20", with: "lt\(age)") + "&tag=t\(age)"
                let mailbox = age == 5 ? "RY6HC002" : "RY6HC001"
                let answer = try await Self.answer(
                    hub,
                    .post,
                    Self.base,
                    Self.resource(criteria, mailbox: mailbox),
                    bearer
                )
                #expect(answer.status == .created)
            }
            func total(_ query: String) async throws -> Int? {
                try await Self.answer(hub, .get, "\(Self.base)?\(query)", bearer).json()["total"]?.integer
            }
            #expect(try await total("") == 5)
            #expect(try await total("criteria:contains=lt3&criteria:contains=CHO_POSTCODE_CCG") == 1)
            #expect(try await total("channel.endpoint=RY6HC002") == 1)
            #expect(try await total("contact=RY6&status=active") == 5)
            #expect(try await total("contact=A1") == 0)
            #expect(try await total("tag=t4") == 1)
            var page = try await Self.answer(hub, .get, "\(Self.base)?_count=2", bearer).json()
            var found = page["entry"]?.array?.count ?? 0
            while let next = page["link"]?.array?.first(where: { $0["relation"] == "next" })?["url"]?.string {
                let path = next.replacing(hub.hub.configuration.publicURL, with: "")
                page = try await Self.answer(hub, .get, path, bearer).json()
                found += page["entry"]?.array?.count ?? 0
            }
            #expect(found == 5)
            let unknown = try await Self.answer(hub, .get, "\(Self.base)?colour=red", bearer)
            #expect(try Self.code(unknown) == "INVALID_PARAMETER")
        }
    }
}
