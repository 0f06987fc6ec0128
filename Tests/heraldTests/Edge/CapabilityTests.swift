import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import NIOCore
import HummingbirdTesting
import Store
import Testing

@testable import herald

/// The CapabilityStatement tells what is there, and nothing else: Q-110 (`immunisation-history.md` §8).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct CapabilityTests {
    private func statement(_ fixture: HubFixture) async throws -> JSONValue {
        let answer = try await fixture.send(.get, "/FHIR/R4/metadata")
        #expect(answer.status == .ok)
        #expect(answer.headers[.contentType] == "application/fhir+json")
        return try JSONValue(parsing: Array(answer.body.readableBytesView))
    }

    private func resource(_ statement: JSONValue) throws -> JSONObject {
        try #require(statement["rest"]?.array?.first?["resource"]?.array?.first?.object)
    }

    private func names(_ list: JSONValue?, _ member: String) -> [String] {
        (list?.array ?? []).compactMap { $0[member]?.string }
    }

    @Test func hasTheShapeOfThePageWithoutAToken() async throws {
        try await HubFixture.with { fixture in
            let statement = try await statement(fixture)
            #expect(statement["resourceType"]?.string == "CapabilityStatement")
            #expect(statement["fhirVersion"]?.string == "4.0.1")
            #expect(statement["kind"]?.string == "instance")
            #expect(statement["format"]?.array?.compactMap(\.string) == ["application/fhir+json"])
            let rest = try #require(statement["rest"]?.array?.first)
            #expect(rest["mode"]?.string == "server")
            let services = (rest["security"]?["service"]?.array ?? []).flatMap { names($0["coding"], "code") }
            #expect(services == ["SMART-on-FHIR", "OAuth"])
            let resource = try resource(statement)
            #expect(
                resource["profile"]?.string == "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Immunization"
            )
            #expect(resource["versioning"]?.string == "versioned-update")
            #expect(resource["conditionalDelete"]?.string == "not-supported")
            for flag in ["readHistory", "updateCreate", "conditionalCreate", "conditionalUpdate"] {
                #expect(resource[flag] == .bool(false), "\(flag)")
            }
            #expect(resource["searchInclude"]?.array?.compactMap(\.string) == ["Immunization:patient"])
        }
    }

    @Test func advertisesEveryInteractionThatIsServedAndNoOther() async throws {
        let interactions: [(code: String, method: HTTPRequest.Method, path: String)] = [
            ("read", .get, "/0"), ("vread", .get, "/0/_history/1"), ("update", .put, "/0"), ("delete", .delete, "/0"),
            ("history-instance", .get, "/0/_history"), ("create", .post, ""), ("search-type", .get, ""),
        ]
        try await HubFixture.with { fixture in
            let advertised = Set(names(try resource(try await statement(fixture))["interaction"], "code"))
            #expect(!advertised.isEmpty)
            for interaction in interactions {
                // Without a token what is there is 401, and what is not is 404 or 405.
                let answer = try await fixture.send(interaction.method, "/FHIR/R4/Immunization" + interaction.path)
                #expect(
                    advertised.contains(interaction.code) == (answer.status == .unauthorized),
                    "\(interaction.code): \(answer.status)"
                )
            }
        }
    }

    @Test func everySearchParameterThatIsAdvertisedIsTaken() async throws {
        let patient = "https://fhir.nhs.uk/Id/nhs-number%7C9990548609"
        let values = [
            "patient.identifier": patient, "patient:identifier": patient, "patient": "9990548609",
            "-immunization.target": "FLU", "immunization.target": "FLU",
            "target-disease": "http://snomed.info/sct%7C6142004", "identifier": "https://x.example%7C1",
            "_elements": "id", "-date.from": "2020-01-01", "-date.to": "2026-01-01", "date": "ge2020-01-01",
            "status": "completed", "vaccine-code": "822851000000102", "_id": UUID().uuidString.lowercased(),
        ]
        try await HubFixture.with { fixture in
            let bearer = try await fixture.bearer("system/Immunization.rs")
            let list = try resource(try await statement(fixture))["searchParam"]
            let advertised = names(list, "name")
            #expect(advertised.contains("patient.identifier"))
            for name in advertised {
                let value = try #require(values[name], "a value to try \(name) with")
                var query = "\(name)=\(value)"
                switch name {
                case "patient.identifier": query += "&-immunization.target=FLU"
                case "patient", "patient:identifier", "identifier", "_id": break
                case "_elements": query += "&identifier=https://x.example%7C1"
                case "-immunization.target", "immunization.target", "target-disease":
                    query += "&patient.identifier=\(patient)"
                default: query += "&patient=9990548609"
                }
                if advertised == ["patient.identifier"] { query = "\(name)=\(value)" }
                let answer = try await fixture.send(
                    .get,
                    "/FHIR/R4/Immunization?\(query)",
                    authorization: bearer,
                    headers: [.init("Prefer")!: "handling=strict"]
                )
                #expect(answer.status == .ok, "\(name): \(String(buffer: answer.body))")
            }
            for definition in names(list, "definition") {
                #expect(definition.hasPrefix("http://hl7.org/fhir/SearchParameter/"))
            }
        }
    }
}
