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

/// Restricted patients in reads, versions, histories and updates (`immunisation-history.md` §6).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct RestrictedRecordTests {
    private let id = SampleImmunization.id("FLU-0001").description
    private var uri: String { HubFixture.records + "/" + id }

    private func withRecord(
        of confidentiality: Confidentiality,
        _ body: (HubFixture, String) async throws -> Void
    ) async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            let number = try #require(NHSNumber(SampleImmunization.patient))
            try await hub.hub.store.load(patients: [
                PatientRegistration(nhsNumber: number, practice: nil, confidentiality: confidentiality)
            ])
            #expect(try await hub.create(SampleImmunization.make(), bearer).status == .created)
            try await body(hub, bearer)
        }
    }

    private func site(of resource: JSONValue) -> String? {
        resource["performer"]?.array?.compactMap { $0.at("actor", "identifier", "value")?.string }.first
    }

    /// on read, vread and history, for every caller.
    @Test(arguments: [Confidentiality.restricted, .veryRestricted])
    func everyReadIsRedacted(confidentiality: Confidentiality) async throws {
        try await withRecord(of: confidentiality) { hub, bearer in
            let own = try await hub.bearer(
                "patient/Immunization.rs",
                client: "app",
                patient: SampleImmunization.patient
            )
            for caller in [bearer, own] {
                var resources: [JSONValue] = []
                for path in ["", "/_history/1"] {
                    let read = try await hub.send(.get, uri + path, authorization: caller)
                    #expect(read.headers[.eTag] == "W/\"1\"")
                    resources.append(try read.json())
                }
                let history = try await hub.send(.get, uri + "/_history", authorization: caller).json()
                resources.append(try #require(history["entry"]?[0]?["resource"]))
                for resource in resources {
                    #expect(site(of: resource) == "N2N9I")
                    #expect(resource.at("location", "identifier", "value")?.string == "GB")
                    #expect(resource["contained"]?.array?.count == 1)
                    let patient = try #require(resource["contained"]?[0])
                    #expect(patient["address"] == [["postalCode": "ZZ99 3CZ"]])
                    #expect((patient["name"] == nil) == (confidentiality == .veryRestricted))
                    #expect(resource.at("meta", "security")?[0]?["code"]?.string == confidentiality.rawValue)
                    #expect(resource["id"]?.string == id)
                }
            }
        }
    }

    /// the flag of the client, never in a patient's mode.
    @Test func aClientThatMayReadsInFull() async throws {
        try await withRecord(of: .restricted) { hub, bearer in
            try await hub.hub.store.update(#require(ClientID("site")), by: "test") { $0.isUnredacted = true }
            try await Task.sleep(for: ClientRegistry.maximumAge)
            #expect(site(of: try await hub.send(.get, uri, authorization: bearer).json()) == "RVVKC")
            let own = try await hub.bearer("patient/Immunization.rs", patient: SampleImmunization.patient)
            #expect(site(of: try await hub.send(.get, uri, authorization: own).json()) == "N2N9I")
        }
    }

    /// who changes the redacted form overwrites nothing of what was not shown.
    @Test func anUpdateOfTheRedactedFormKeepsWhatIsStored() async throws {
        try await withRecord(of: .restricted) { hub, bearer in
            var read = try #require(try await hub.send(.get, uri, authorization: bearer).json().object)
            read["lotNumber"] = "B2"
            let shown = try await hub.update(
                id,
                .object(read),
                bearer,
                headers: [HeaderName.nhsETag: "1", HeaderName.prefer: "return=representation"]
            )
            #expect(shown.status == .ok)
            #expect(site(of: try shown.json()) == "N2N9I")
            let stored = try #require(try await hub.hub.store.snapshot(of: SampleImmunization.id("FLU-0001")))
            let resource = try JSONValue(parsing: stored.resource)
            #expect(stored.version == 2)
            #expect(resource["lotNumber"]?.string == "B2")
            #expect(site(of: resource) == "RVVKC")
            #expect(resource.at("location", "identifier", "value")?.string == "X99999")
            let patient = resource["contained"]?.array?.first { $0["resourceType"]?.string == "Patient" }
            #expect(patient?["address"]?[0]?["postalCode"]?.string == "LS8 4ED")
            #expect(resource["contained"]?.array?.count == 2)
            // The label of the answer is none of the record's own.
            #expect(resource.at("meta", "security") == nil)
        }
    }

    /// nobody else carries a label.
    @Test func anUnrestrictedPatientIsShownInFull() async throws {
        try await withRecord(of: .unrestricted) { hub, bearer in
            let read = try await hub.send(.get, uri, authorization: bearer).json()
            #expect(site(of: read) == "RVVKC")
            #expect(read.at("meta", "security") == nil)
        }
    }
}
