import FHIR
import Foundation
import Testing
import Vaccination

@Suite struct SearchsetBundleTests {
    private let uuid = UUID(
        uuid: (0x5F, 0x3B, 0x7F, 0x0E, 0x4D, 0x0F, 0x4C, 0x0E, 0x9A, 0x39, 0x1C, 0x6F, 0x3A, 0x1F, 0x7B, 0x55)
    )

    private func bundle(of resources: [JSONValue], nhsNumber: String = "9000000009") -> SearchsetBundle {
        SearchsetBundle(
            total: resources.count,
            selfLink: "https://herald.example/FHIR/R4/Immunization?x=1",
            baseURL: "https://herald.example/FHIR/R4",
            nhsNumber: NHSNumber(nhsNumber),
            patientUUID: uuid,
            resources: resources.map(\.bytes)
        )
    }

    @Test func makesTheBundleOfTheSample() throws {
        let expected = try Fixture.json("search/herald-partial-with-outcome.json")
        let outcome = try #require(expected["entry"]?[2]?["resource"])
        var stored = try #require(expected["entry"]?[0]?["resource"]?.object)
        stored["contained"] = [["resourceType": "Patient", "id": "p", "birthDate": "1965-02-28"]]
        stored["patient"] = ["reference": "#p"]
        var bundle = bundle(of: [.object(stored)])
        bundle.selfLink = try #require(expected["link"]?[0]?["url"]?.string)
        bundle.outcomes = [
            OperationOutcome(
                id: try #require(UUID(uuidString: outcome["id"]?.string ?? "")),
                issues: [
                    .init(
                        .suppressed,
                        severity: .warning,
                        diagnostics: try #require(outcome["issue"]?[0]?["diagnostics"]?.string)
                    )
                ]
            )
        ]
        #expect(try JSONValue(parsing: bundle.bytes()).differences(from: expected) == [])
    }

    @Test func hasAnEntryListWhenThereIsNothing() throws {
        let json = try JSONValue(parsing: bundle(of: []).bytes())
        #expect(json["entry"] == .array([]))
        #expect(json["total"]?.integer == 0)
        #expect(json["link"]?.array?.count == 1)
    }

    @Test func takesTheBirthDateOfTheLatestVaccination() throws {
        func resource(_ id: String, at time: String, birthDate: String) -> JSONValue {
            [
                "id": .string(id), "occurrenceDateTime": .string(time),
                "contained": [["resourceType": "Patient", "birthDate": .string(birthDate)]],
            ]
        }
        let json = try JSONValue(
            parsing: bundle(of: [
                resource("a", at: "2025-07-14T09:30:00+01:00", birthDate: "1954-01-01"),
                resource("b", at: "2025-07-14T09:00:00+00:00", birthDate: "1954-02-02"),
                resource("c", at: "2024-07-14", birthDate: "1954-03-03"),
            ]).bytes()
        )
        let entries = try #require(json["entry"]?.array)
        #expect(entries.compactMap { $0["search"]?["mode"]?.string } == ["match", "match", "match", "include"])
        #expect(entries[3]["resource"]?["birthDate"] == "1954-02-02")
        #expect(entries[3]["fullUrl"] == "urn:uuid:5f3b7f0e-4d0f-4c0e-9a39-1c6f3a1f7b55")
        #expect(entries[0]["resource"]?["patient"]?["reference"] == entries[3]["fullUrl"])
    }

    @Test func hasAPatientWithoutANumberToo() throws {
        let json = try JSONValue(parsing: bundle(of: [["id": "a"]], nhsNumber: "").bytes())
        let patient = try #require(json["entry"]?[1]?["resource"])
        #expect(patient == ["resourceType": "Patient", "id": "5f3b7f0e-4d0f-4c0e-9a39-1c6f3a1f7b55"])
    }

    @Test func linksTheOtherPages() throws {
        var bundle = bundle(of: [])
        bundle.nextLink = "https://herald.example/next"
        bundle.previousLink = "https://herald.example/previous"
        let relations = try JSONValue(parsing: bundle.bytes())["link"]?.array?.compactMap { $0["relation"]?.string }
        #expect(relations == ["self", "next", "previous"])
    }

    @Test func refusesAResourceWithoutAnId() {
        #expect(throws: VaccinationError.resourceWithoutID) { try bundle(of: [[:]]).bytes() }
        var broken = bundle(of: [])
        broken.resources = [[0x7B]]
        #expect(throws: VaccinationError.json(.unexpectedEnd(offset: 1))) { try broken.bytes() }
    }
}
