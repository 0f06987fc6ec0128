import Access
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import NIOCore
import Store
import Testing

@testable import herald

/// the trail as FHIR AuditEvent, for privacy officers.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct AuditEventTests {
    private static let base = "/FHIR/R4/AuditEvent"
    private static let patient = "9990000018"

    private func bundle(_ response: TestResponse) throws -> [JSONValue] {
        let bundle = try JSONValue(parsing: Array(response.body.readableBytesView))
        #expect(bundle["resourceType"]?.string == "Bundle" && bundle["type"]?.string == "searchset")
        return bundle["entry"]?.array?.compactMap { $0["resource"] } ?? []
    }

    /// A record with everything in it.
    private var full: AuditRecord {
        var record = AuditRecord(recorded: Date(timeIntervalSince1970: 1_735_689_601.512))
        record.client = "gp-system"
        record.patient = PatientNumber(Self.patient)
        record.interaction = .search
        record.status = 200
        record.requestID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"
        record.clientName = "GP system"
        record.endUserOrganisation = "A12345"
        record.sourceAddress = "203.0.113.7"
        record.mode = .user
        record.sdsUserID = "555254242102"
        record.roleProfileID = "555254242103"
        record.parameters = "-immunization.target=FLU"
        record.count = 1
        record.vaccineTypesAsked = ["FLU"]
        record.isUnredacted = true
        record.resources = [AuditedResource("Immunization", id: "29dc4e84-7e72-11ee-b962-0242ac120002", version: 2)]
        return record
    }

    @Test func aRecordIsMappedAsTheSpecificationSays() async throws {
        try await HubFixture.with { fixture in
            let record = full
            try await fixture.hub.store.append([record])
            let officer = try await fixture.bearer("system/AuditEvent.rs", client: "officer")
            let id = record.eventID.uuidString.lowercased()
            let answer = try await fixture.send(.get, "\(Self.base)/\(id)", authorization: officer)
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/fhir+json")
            let event = try JSONValue(parsing: Array(answer.body.readableBytesView))
            let expected = try JSONValue(
                parsing: """
                    {"resourceType":"AuditEvent","id":"\(id)",
                    "type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest","display":"Restful Operation"},
                    "subtype":[{"system":"http://hl7.org/fhir/restful-interaction","code":"search-type"}],
                    "action":"E","recorded":"2025-01-01T00:00:01.512Z","outcome":"0","outcomeDesc":"HTTP 200",
                    "agent":[
                    {"who":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"A12345"}},"requestor":false},
                    {"who":{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":"555254242102"}},"requestor":true},
                    {"who":{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-role-profile-id","value":"555254242103"}},"requestor":false},
                    {"who":{"identifier":{"system":"https://herald.nhs.uk/Id/client","value":"gp-system"},"display":"GP system"},
                    "requestor":false,"network":{"address":"203.0.113.7","type":"2"}}],
                    "source":{"observer":{"display":"Herald"},"type":[{"system":"http://terminology.hl7.org/CodeSystem/security-source-type","code":"4","display":"Application Server"}]},
                    "entity":[
                    {"what":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"\(Self.patient)"}},"type":{"system":"http://hl7.org/fhir/resource-types","code":"Patient"}},
                    {"what":{"reference":"Immunization/29dc4e84-7e72-11ee-b962-0242ac120002/_history/2"},"type":{"system":"http://hl7.org/fhir/resource-types","code":"Immunization"}},
                    {"what":{"identifier":{"value":"60e0b220-8136-4ca5-ae46-1d97ef59d068"}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType","code":"XrequestId"}},
                    {"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},
                    "role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"24","display":"Query"},
                    "query":"LWltbXVuaXphdGlvbi50YXJnZXQ9RkxV",
                    "detail":[{"type":"count","valueString":"1"},{"type":"vaccineTypes","valueString":"FLU"},{"type":"unredacted","valueString":"true"}]}
                    ]}
                    """
            )
            #expect(event == expected)
        }
    }

    @Test func searchesAreByPatientDateAgentEntityOutcomeAndSubtype() async throws {
        try await HubFixture.with { fixture in
            try await fixture.hub.store.append([full])
            let officer = try await fixture.bearer("system/AuditEvent.rs", client: "officer")
            let system = "https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C"
            for (query, isFound) in [
                ("patient=\(Self.patient)", true), ("patient.identifier=\(system)\(Self.patient)", true),
                ("patient=9990000026", false), ("agent=gp-system&date=2025-01-01", true), ("agent=gp", false),
                ("agent=gp-system&date=ge2025-01-02", false), ("agent=gp-system&date=lt2025-01-01", false),
                ("entity=Immunization/29dc4e84-7e72-11ee-b962-0242ac120002", true), ("entity=Immunization/x", false),
                ("agent=gp-system&outcome=0&subtype=search-type", true), ("agent=gp-system&outcome=12", false),
                ("agent=gp-system&subtype=read", false),
                ("date=ge2025-01-01T00:00:01Z&date=le2025-01-01T00:00:01Z", true),
            ] {
                let answer = try await fixture.send(.get, "\(Self.base)?\(query)", authorization: officer)
                #expect(answer.status == .ok, "\(query)")
                let clients = try bundle(answer).compactMap {
                    $0["agent"]?.array?.last?.at("who", "identifier", "value")?.string
                }
                #expect(clients.contains("gp-system") == isFound, "\(query)")
            }
            for query in [
                "patient=1234567890", "date=soon", "outcome=1", "subtype=eat", "_count=0", "_count=501", "_page=x",
                "entity=Immunization", "family=Test", "agent=a&agent=b",
            ] {
                let answer = try await fixture.send(.get, "\(Self.base)?\(query)", authorization: officer)
                #expect(answer.status == .badRequest, "\(query)")
            }
        }
    }

    @Test func pagesFollowEachOtherByTheLinkNext() async throws {
        try await HubFixture.with { fixture in
            let officer = try await fixture.bearer("system/AuditEvent.rs", client: "officer")
            for number in 0..<5 {
                var record = AuditRecord(recorded: Date(timeIntervalSince1970: 1_735_689_600 + Double(number)))
                record.client = "gp-system"
                try await fixture.hub.store.append([record])
            }
            var uri: String? = "\(Self.base)?agent=gp-system&_count=2"
            var sizes: [Int] = []
            var seen: Set<String> = []
            while let next = uri {
                let answer = try await fixture.send(.get, next, authorization: officer)
                let events = try bundle(answer)
                sizes.append(events.count)
                seen.formUnion(events.compactMap { $0["id"]?.string })
                let links = try JSONValue(parsing: Array(answer.body.readableBytesView))["link"]?.array ?? []
                uri = links.first { $0["relation"]?.string == "next" }?["url"]?.string
                    .map { String($0.dropFirst(fixture.hub.configuration.publicURL.count)) }
            }
            #expect(sizes == [2, 2, 1] && seen.count == 5)
        }
    }

    /// reading the trail leaves a record too; A-55: only system/AuditEvent.rs opens it.
    @Test func theTrailIsForPrivacyOfficersAndReadingItIsRecorded() async throws {
        try await HubFixture.with { fixture in
            for scope in ["system/Immunization.cruds", "system/Subscription.r", "herald/admin.read"] {
                let other = try await fixture.bearer("system/Immunization.rs " + scope, client: "other")
                #expect(try await fixture.send(.get, Self.base, authorization: other).status == .forbidden)
            }
            #expect(try await fixture.send(.get, Self.base).status == .unauthorized)
            let officer = try await fixture.bearer("system/AuditEvent.rs", client: "officer")
            let uri = "\(Self.base)?patient=\(Self.patient)"
            #expect(try await fixture.send(.get, uri, authorization: officer).status == .ok)
            let again = try bundle(try await fixture.send(.get, uri, authorization: officer))
            #expect(again.count == 1, "the first search named this patient, and is found by the second")
            #expect(again.first?["subtype"]?[0]?["code"]?.string == "search-type")
            let missing = "\(Self.base)/29dc4e84-7e72-11ee-b962-0242ac120002"
            #expect(try await fixture.send(.get, missing, authorization: officer).status == .notFound)
        }
    }
}
