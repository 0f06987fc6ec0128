import Vaccination
import NIOCore
import Postgres
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import Store
import Testing

@testable import WebAPI
@testable import herald

/// Paths, methods, headers and media types (`immunisation-history.md` §2, §3, §9).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct FHIRHeaderTests {
    private static let patient = "?patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990548609"
    private static let record = HubFixture.records + "/" + SampleImmunization.id("FLU-0001").description

    ///
    @Test(arguments: [
        ("PATCH", HubFixture.records, "GET, HEAD, POST"), ("PATCH", Self.record, "DELETE, GET, HEAD, PUT"),
        ("POST", Self.record, "DELETE, GET, HEAD, PUT"), ("PUT", HubFixture.records, "GET, HEAD, POST"),
        ("DELETE", Self.record + "/_history/1", "GET, HEAD"), ("PROPFIND", Self.record, "DELETE, GET, HEAD, PUT"),
        ("OPTIONS", Self.record, "DELETE, GET, HEAD, PUT"), ("POST", "/FHIR/R4/metadata", "GET, HEAD"),
    ])
    func aKnownPathAnswersOtherMethodsWith405(method: String, path: String, allow: String) async throws {
        try await HubFixture.with { hub in
            let refused = try await hub.send(HTTPRequest.Method(method)!, path)
            #expect(refused.status == .methodNotAllowed)
            #expect(refused.headers[.allow] == allow)
            #expect(refused.issue.hasPrefix("not-supported: "))
            #expect(
                try refused.json()["issue"]?[0]?.at("details", "coding")?[0]?["code"]?.string == "METHOD_NOT_ALLOWED"
            )
        }
    }

    ///
    @Test(arguments: ["/", "/FHIR", "/FHIR/R4/Patient", "/FHIR/R4/Immunization/a/b", "/fhir/r4/immunization"])
    func anotherPathIs404(path: String) async throws {
        try await HubFixture.with({ $0.roles = [.intake] }) { hub in
            let missing = try await hub.send(.get, path)
            #expect(missing.status == .notFound && missing.issue.hasPrefix("not-found: "))
            #expect(missing.headers[.contentType] == "application/fhir+json")
        }
    }

    ///
    @Test(
        arguments: [
            (nil, 200), ("", 200), ("*/*", 200), ("application/fhir+json", 200), ("application/json", 200),
            ("APPLICATION/FHIR+JSON", 200), ("application/fhir+json; version=1", 200),
            ("application/fhir+json;version=1.0", 200), ("application/fhir+json; fhirVersion=4.0", 200),
            ("application/fhir+json; charset=utf-8", 200), ("text/html, application/fhir+json;q=0.9", 200),
            ("application/xml, */*;q=0.1", 200),
            ("application/fhir+json;version=2, application/fhir+json;version=1", 200),
            ("application/fhir+xml", 406), ("text/html", 406), ("application/fhir+json;q=0", 406),
            ("application/fhir+json; fhirVersion=3.0", 406), ("application/fhir+json; version=x", 406),
            ("nonsense", 406),
            ("application/fhir+json; version=2", 501), ("application/json;version=\"2.1\"", 501),
            ("text/html, application/json;version=3", 501),
        ] as [(String?, Int)]
    )
    func acceptIsLookedAt(value: String?, status: Int) async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            var headers: HTTPFields = [:]
            if let value { headers[.accept] = value }
            let uri = HubFixture.records + Self.patient
            let answer = try await hub.send(.get, uri, authorization: bearer, headers: headers)
            #expect(answer.status.code == status)
            #expect(answer.headers[.contentType] == "application/fhir+json")
            if status != 200 { #expect(answer.issue.hasPrefix("not-supported: The header Accept")) }
        }
    }

    ///
    @Test(arguments: [
        ("application/fhir+json", 201), ("application/json", 201), ("application/fhir+json; charset=utf-8", 201),
        ("Application/JSON;charset=\"UTF-8\"", 201), ("application/fhir+json; fhirVersion=4.0", 201),
        ("text/plain", 415), ("application/fhir+xml", 415), ("*/*", 415), ("application/x-www-form-urlencoded", 415),
        ("application/fhir+json; charset=utf-16", 415), ("json", 415),
    ])
    func aBodysMediaTypeIsLookedAt(type: String, status: Int) async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            let answer = try await hub.create(SampleImmunization.make(), bearer, headers: [.contentType: type])
            #expect(answer.status.code == status)
            guard status == 415 else { return }
            #expect(answer.issue.hasPrefix("not-supported: The header Content-Type"))
            let none = try await hub.send(.post, HubFixture.records, authorization: bearer, body: Array("{}".utf8))
            #expect(none.status == .unsupportedMediaType)
        }
    }

    /// §9, §10: 1 MiB.
    @Test func aBodyAboveTheLimitIs413() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            let lots = String(repeating: "a", count: JSONBody.limit)
            let refused = try await hub.create(SampleImmunization.make(with: ["lotNumber": .string(lots)]), bearer)
            #expect(refused.status == .contentTooLarge && refused.issue.hasPrefix("too-long: "))
            #expect(try refused.json()["issue"]?[0]?.at("details", "coding")?.array?.count == 1)
            let size = SampleImmunization.make().bytes.count
            let fits = String(repeating: "a", count: JSONBody.limit - size)
            let taken = try await hub.create(SampleImmunization.make(with: ["lotNumber": .string(fits)]), bearer)
            #expect(taken.status == .created)
        }
    }

    /// on answers of every kind.
    @Test func requestAndCorrelationIDsComeBackOnEveryAnswer() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            let requestID = "C1AB3FBA-6bae-4ba4-b257-5a87c44d4a91"
            let ids: HTTPFields = [HeaderName.requestID: requestID, HeaderName.correlationID: "site 7; try 2"]
            let requests: [(HTTPRequest.Method, String, String?, Int)] = [
                (.get, HubFixture.records + Self.patient, bearer, 200), (.get, HubFixture.records, bearer, 400),
                (.get, HubFixture.records, nil, 401),
                (.get, HubFixture.records + Self.patient, try await hub.bearer("system/Immunization.c"), 403),
                (.get, Self.record, bearer, 404), (.patch, Self.record, nil, 405),
                (.post, HubFixture.records, bearer, 415),
            ]
            for (method, uri, authorization, status) in requests {
                let answer = try await hub.send(method, uri, authorization: authorization, headers: ids)
                #expect(answer.status.code == status)
                #expect(answer.headers[HeaderName.requestID] == requestID, "\(status)")
                #expect(answer.headers[HeaderName.correlationID] == "site 7; try 2", "\(status)")
            }
            try await hub.hub.pool.query("ALTER TABLE immunization RENAME TO gone")
            let failed = try await hub.send(.get, Self.record, authorization: bearer, headers: ids)
            #expect(failed.status == .internalServerError && failed.issue.hasPrefix("exception: "))
            #expect(failed.headers[HeaderName.requestID] == requestID)
            #expect(failed.headers[HeaderName.correlationID] == "site 7; try 2")
            // nothing of the cause.
            #expect(!String(buffer: failed.body).contains("immunization"))
        }
    }

    /// made where it is absent, named where it is no UUID; Q-11: what is too long is not echoed.
    @Test func wrongIDsAreNamedOrLeftOut() async throws {
        try await HubFixture.with { hub in
            let made = try await hub.send(.get, "/_ping").headers[HeaderName.requestID]
            #expect(made.flatMap { UUID(uuidString: $0) } != nil)
            let bad = try await hub.send(.get, "/_ping", headers: [HeaderName.requestID: "seventeen"])
            #expect(bad.status == .badRequest && bad.issue.hasPrefix("invalid: "))
            #expect(bad.issue.contains("X-Request-ID") && bad.issue.contains("seventeen"))
            #expect(bad.headers[HeaderName.requestID].flatMap { UUID(uuidString: $0) } != nil)
            for text in [String(repeating: "c", count: 257), "tab\there"] {
                let answer = try await hub.send(.get, "/_ping", headers: [HeaderName.correlationID: text])
                #expect(answer.headers[HeaderName.correlationID] == nil)
            }
        }
    }

    /// identity comes from the token, whatever a gateway's headers say.
    @Test func identityHeadersChangeNothing() async throws {
        try await HubFixture.with { hub in
            let reader = try await hub.bearer("system/Immunization.rs", client: "reader")
            try await hub.permit("reader", "FLU.RS")
            let site = try await hub.bearer()
            _ = try await hub.create(SampleImmunization.make(), site)
            let covid = SampleImmunization.make(
                "C1",
                with: ["protocolApplied": SampleImmunization.protocolApplied("840539006")]
            )
            _ = try await hub.create(covid, site)
            let covidRecord = HubFixture.records + "/" + SampleImmunization.id("C1").description
            var claims: HTTPFields = [:]
            for name in [
                "SupplierSystem", "NHSD-User-Identity", "NHSD-Client-RP-Details", "NHSD-Identity-UUID",
                "NHSD-Identity-IdP", "NHSD-NHSLogin-User", "AUTHORISED_TARGETS", "authorised_targets", "X-Request-Url",
                "NHSD-End-User-Organisation-ODS",
            ] {
                claims[HTTPField.Name(name)!] = "EMIS;COVID;P9:9990548609"
            }
            for uri in [Self.record, covidRecord] {
                let with = try await hub.send(.get, uri, authorization: reader, headers: claims)
                let without = try await hub.send(.get, uri, authorization: reader)
                #expect(with.status == without.status && with.status == (uri == Self.record ? .ok : .forbidden))
            }
            #expect(try await hub.send(.get, Self.record, headers: claims).status == .unauthorized)
            try await hub.permit("site", "FLU.CRUDS", suppliers: ["TPP"])
            _ = try await hub.create(SampleImmunization.make("F2"), site, headers: claims)
            let row = try await hub.hub.pool.query("SELECT supplier FROM immunization WHERE unique_id = 'F2'").first
            #expect(try row?.decode("supplier", as: String.self) == "TPP")
        }
    }

    /// Auth §14: headers that would change the method, and a second `Authorization`.
    @Test func methodOverridesAndSecondTokensAreOfNoUse() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            _ = try await hub.create(SampleImmunization.make(), bearer)
            var headers: HTTPFields = [:]
            for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
                headers[HTTPField.Name(name)!] = "DELETE"
            }
            #expect(try await hub.send(.get, Self.record, authorization: bearer, headers: headers).status == .ok)
            #expect(try await hub.send(.get, Self.record, authorization: bearer).status == .ok)
            var two: HTTPFields = [:]
            two.append(HTTPField(name: .authorization, value: bearer))
            two.append(HTTPField(name: .authorization, value: bearer))
            #expect(try await hub.sendAll(.get, Self.record, two).status == .unauthorized)
            let query = Self.record + "?access_token=" + bearer.dropFirst("Bearer ".count)
            #expect(try await hub.send(.get, query).status == .unauthorized)
        }
    }

    /// a refusal names what is at fault and holds nothing of a patient.
    @Test func refusalsHoldNoPatientsData() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            let wrong = SampleImmunization.make(nhsNumber: "9990548600", with: ["occurrenceDateTime": "2999-01-01"])
            let refused = try await hub.create(wrong, bearer)
            #expect(refused.status == .badRequest && refused.issue.contains("occurrenceDateTime"))
            for secret in ["9990548600", "O'Neill", "Mary", "LS8 4ED", "1965-02-28", "Nightingale"] {
                #expect(!String(buffer: refused.body).contains(secret), "\(secret)")
            }
        }
    }
}
