import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import Postgres
import Store
import Testing
import Vaccination

@testable import herald

@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct HistoryEndpointTests {
    private static let patient = "9990548609"
    private static let search = "/FHIR/R4/Immunization?patient:identifier=https://fhir.nhs.uk/Id/nhs-number%7C"

    /// Feeds some rows, then lends the hub.
    private func withHistory(_ rows: [String], _ body: (HubFixture) async throws -> Void) async throws {
        try await HubFixture.with { fixture in
            let answer = try await fixture.send(
                .post,
                "/feeds?filename=\(SampleRows.fileName)",
                authorization: fixture.bearer(),
                body: SampleRows.file(rows)
            )
            #expect(answer.status == .accepted)
            try await fixture.applyFeeds()
            try await body(fixture)
        }
    }

    ///
    @Test func answersASearchWithTheLiveRecordsAndThePatient() async throws {
        let rows = [
            SampleRows.row([.uniqueID: "1"]),
            SampleRows.row([.uniqueID: "2", .dateAndTime: "20241014T09153001"]),
            SampleRows.row([.uniqueID: "3"]),
            SampleRows.row([.uniqueID: "3", .actionFlag: "delete"]),
        ]
        try await withHistory(rows) { fixture in
            let token = try await fixture.bearer("system/Immunization.rs")
            let answer = try await fixture.send(.get, Self.search + Self.patient, authorization: token)
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/fhir+json")
            let bundle = try json(answer)
            #expect(bundle["type"]?.string == "searchset")
            #expect(bundle["total"]?.integer == 2)
            let matches = (bundle["entry"]?.array ?? []).filter { $0.at("search", "mode")?.string == "match" }
            #expect(matches.compactMap { $0.at("resource", "identifier")?[0]?["value"]?.string } == ["1", "2"])
            #expect(matches.allSatisfy { $0["resource"]?["contained"] == nil })
            #expect(matches.allSatisfy { $0.at("resource", "doseQuantity", "value")?.number == "0.50" })
            let included = (bundle["entry"]?.array ?? []).filter { $0.at("search", "mode")?.string == "include" }
            #expect(included.compactMap { $0.at("resource", "id")?.string } == [Self.patient])
        }
    }

    @Test func answersAnEmptyHistoryWithAnEmptyBundle() async throws {
        try await withHistory([]) { fixture in
            let token = try await fixture.bearer("system/Immunization.rs")
            let bundle = try json(try await fixture.send(.get, Self.search + Self.patient, authorization: token))
            #expect(bundle["total"]?.integer == 0)
            #expect(bundle["entry"]?.array == [])
        }
    }

    /// the stored resource whole, with its version; deleted and unknown ones are not found.
    @Test func readsARecordById() async throws {
        let rows = [
            SampleRows.row([.uniqueID: "1"]),
            SampleRows.row([.uniqueID: "1", .actionFlag: "update", .batchNumber: "B2"]),
            SampleRows.row([.uniqueID: "2"]),
            SampleRows.row([.uniqueID: "2", .actionFlag: "delete"]),
        ]
        try await withHistory(rows) { fixture in
            let token = try await fixture.bearer("system/Immunization.rs")
            let system = "https://www.ravs.england.nhs.uk/"
            let id = RecordID(RecordIdentifier(system: system, value: "1"))
            let answer = try await fixture.send(.get, "/FHIR/R4/Immunization/\(id)", authorization: token)
            #expect(answer.headers[.eTag] == "W/\"2\"")
            let resource = try json(answer)
            #expect(resource["id"]?.string == id.description)
            #expect(resource.at("meta", "versionId")?.string == "2")
            #expect(resource["lotNumber"]?.string == "B2")
            #expect(resource["contained"]?.array?.isEmpty == false)
            let deleted = RecordID(RecordIdentifier(system: system, value: "2"))
            for missing in [deleted.description, UUID().uuidString, "not-a-uuid"] {
                let answer = try await fixture.send(.get, "/FHIR/R4/Immunization/\(missing)", authorization: token)
                #expect(answer.status == .notFound)
                #expect(try json(answer)["resourceType"]?.string == "OperationOutcome")
            }
        }
    }

    @Test(arguments: [
        ("/FHIR/R4/Immunization", "patient.identifier"),
        ("/FHIR/R4/Immunization?patient.identifier=9990548609", "patient.identifier"),
        ("/FHIR/R4/Immunization?patient.identifier=https://example.org%7C9990548609", "patient.identifier"),
        (Self.search + "9990548600", "valid NHS number"),
        (Self.search + "999 054 8609", "valid NHS number"),
        (Self.search + "9990548609&_include=Immunization:performer", "_include"),
        ("/FHIR/R4/Immunization/bad_id!", "id"),
    ])
    func refusesASearchItDoesNotUnderstand(uri: String, named: String) async throws {
        try await HubFixture.with { fixture in
            let token = try await fixture.bearer("system/Immunization.rs")
            let encoded = uri.replacingOccurrences(of: " ", with: "%20")
            let answer = try await fixture.send(.get, encoded, authorization: token)
            #expect(answer.status == .badRequest)
            #expect(diagnostics(answer).contains(named))
            // never a patient's number.
            #expect(!text(answer).contains("999054860"))
        }
    }

    ///
    @Test func showsAPatientTheirOwnRecordsOnly() async throws {
        let rows = [SampleRows.row(), SampleRows.row([.uniqueID: "other", .nhsNumber: "9000000009"])]
        try await withHistory(rows) { fixture in
            let own = try await fixture.bearer("patient/Immunization.rs", client: "app", patient: Self.patient)
            #expect(try await fixture.send(.get, Self.search + Self.patient, authorization: own).status == .ok)
            #expect(try await fixture.send(.get, Self.search + "9000000009", authorization: own).status == .forbidden)
            let other = RecordID(RecordIdentifier(system: "https://www.ravs.england.nhs.uk/", value: "other"))
            #expect(
                try await fixture.send(.get, "/FHIR/R4/Immunization/\(other)", authorization: own).status == .notFound
            )
        }
    }

    @Test func answersNobodyWithoutAToken() async throws {
        try await HubFixture.with { fixture in
            let answer = try await fixture.send(.get, Self.search + Self.patient)
            #expect(answer.status == .unauthorized)
            #expect(try json(answer)["issue"]?[0]?["code"]?.string == "login")
            let site = try await fixture.bearer("system/Immunization.c")
            #expect(try await fixture.send(.get, Self.search + Self.patient, authorization: site).status == .forbidden)
        }
    }

    ///
    @Test func namesRequestsAndAnswersUnknownPathsAsFHIR() async throws {
        try await HubFixture.with { fixture in
            let id = UUID().uuidString.lowercased()
            let unknown = try await fixture.send(
                .get,
                "/nothing",
                headers: [.init("X-Request-ID")!: id, .init("X-Correlation-ID")!: "a b"]
            )
            #expect(unknown.status == .notFound)
            #expect(try json(unknown)["resourceType"]?.string == "OperationOutcome")
            #expect(unknown.headers[.init("X-Request-ID")!] == id)
            #expect(unknown.headers[.init("X-Correlation-ID")!] == "a b")
            let bad = try await fixture.send(.get, "/_ping", headers: [.init("X-Request-ID")!: "17"])
            #expect(bad.status == .badRequest)
            #expect(try await fixture.send(.get, "/_ping").status == .ok)
            let keys = try json(try await fixture.send(.get, "/.well-known/jwks.json"))
            #expect(keys["keys"]?.array?.isEmpty == false)
            #expect(try json(try await fixture.send(.get, "/FHIR/R4/metadata"))["fhirVersion"]?.string == "4.0.1")
        }
    }

    private func json(_ response: TestResponse) throws -> JSONValue {
        try JSONValue(parsing: Array(response.body.readableBytesView))
    }
}
