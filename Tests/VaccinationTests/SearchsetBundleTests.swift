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
            people: [SearchsetBundle.Person(nhsNumber: NHSNumber(nhsNumber), uuid: uuid)],
            matches: resources.map { SearchsetBundle.Match(resource: $0) }
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
    }

    /// NHS's own sample of the present API.
    @Test func makesTheBundleOfTheNationalService() throws {
        let expected = try Fixture.json("search/imms-rsv-one.json")
        let stored = try #require(expected["entry"]?[0]?["resource"])
        let bundle = SearchsetBundle(
            total: 1,
            selfLink: try #require(expected["link"]?[0]?["url"]?.string),
            baseURL: "https://sandbox.api.service.nhs.uk/immunisation-fhir-api",
            people: [
                SearchsetBundle.Person(
                    nhsNumber: NHSNumber("9000000009"),
                    uuid: try #require(UUID(uuidString: "a7a5bc28-5831-4158-8a73-0d3e6e43c1ac"))
                )
            ],
            matches: [SearchsetBundle.Match(resource: stored)]
        )
        #expect(try JSONValue(parsing: bundle.bytes()).differences(from: expected) == [])
    }

    /// NHS's samples of the older API.
    @Test func makesTheBundleOfTheOlderAPI() throws {
        var expected = try #require(try Fixture.json("search/history-covid-two-doses.json").object)
        var entries = try #require(expected["entry"]?.array)
        var matches: [SearchsetBundle.Match] = []
        for place in 0..<2 {
            // Ids aside: here the resource has that of its entry.
            var entry = try #require(entries[place].object)
            var resource = try #require(entry["resource"]?.object)
            resource["id"] = .string(String(try #require(entry["fullUrl"]?.string).dropFirst("urn:uuid:".count)))
            entry["resource"] = .object(resource)
            entries[place] = .object(entry)
            resource["contained"] = [["resourceType": "Patient", "birthDate": "1965-02-28"]]
            matches.append(SearchsetBundle.Match(resource: .object(resource)))
        }
        expected["entry"] = .array(entries)
        var bundle = bundle(of: [])
        bundle.form = .older
        bundle.people[0].uuid = try #require(UUID(uuidString: "124fcb63-669c-4a3c-af2b-caf55de167ec"))
        let empty = try Fixture.json("search/history-empty.json")
        #expect(try JSONValue(parsing: bundle.bytes()).differences(from: empty) == [])
        (bundle.total, bundle.matches) = (2, matches)
        #expect(try JSONValue(parsing: bundle.bytes()).differences(from: .object(expected)) == [])
    }

    ///
    @Test func hasOnlyTheElementsAskedFor() throws {
        var bundle = bundle(of: [
            [
                "resourceType": "Immunization", "id": "a", "meta": ["versionId": "2", "lastUpdated": "t"],
                "lotNumber": "B",
            ]
        ])
        let tag: JSONValue = [
            ["system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"]
        ]
        bundle.form = .elements(["id"])
        let byID = try JSONValue(parsing: bundle.bytes())["entry"]?.array
        #expect(byID?.count == 1)
        #expect(
            byID?.first?["resource"]
                == ["resourceType": "Immunization", "id": "a", "meta": ["versionId": "2", "tag": tag]]
        )
        bundle.form = .elements(["meta"])
        let byMeta = try JSONValue(parsing: bundle.bytes())["entry"]?[0]?["resource"]
        #expect(
            byMeta
                == ["resourceType": "Immunization", "meta": ["versionId": "2", "lastUpdated": "t", "tag": tag]]
        )
    }

    /// what is taken out is taken out of every entry.
    @Test func redactsMatchesAndPatient() throws {
        var bundle = bundle(of: [
            [
                "resourceType": "Immunization", "id": "a", "meta": ["versionId": "1"],
                "contained": [["resourceType": "Patient", "birthDate": "1965-02-28"]],
                "location": ["identifier": ["value": "X99999"]],
            ]
        ])
        bundle.people[0].redaction = Redaction(.veryRestricted)
        let entries = try #require(try JSONValue(parsing: bundle.bytes())["entry"]?.array)
        #expect(entries[0].at("resource", "location", "identifier", "value") == "GB")
        #expect(entries[1]["resource"]?["birthDate"] == nil)
        #expect(entries.allSatisfy { $0.at("resource", "meta", "security")?[0]?["code"] == "V" })
    }

    /// a search by ids may find several people's records; each has a Patient entry of their own.
    @Test func hasAPatientForEachPerson() throws {
        var bundle = bundle(of: [["id": "a"], ["id": "b"]])
        bundle.people.append(SearchsetBundle.Person(nhsNumber: NHSNumber("9990548609"), uuid: UUID()))
        bundle.people.append(SearchsetBundle.Person(nhsNumber: nil, uuid: UUID()))
        bundle.matches[1].person = 1
        let entries = try #require(try JSONValue(parsing: bundle.bytes())["entry"]?.array)
        #expect(entries.count == 4)
        #expect(entries[1].at("resource", "patient", "reference") == entries[3]["fullUrl"])
        #expect(entries[3].at("resource", "id") == "9990548609")
    }
}
