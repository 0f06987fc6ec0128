import FHIR
import Testing
import Vaccination

/// What is shown of restricted people (immunisation-history.md §6).
@Suite struct RedactionTests {
    private let stored: JSONValue

    init() throws {
        stored = try Fixture.json("search/completed_covid_immunization_event.json")
    }

    /// A published form with what Herald changes in it: the label, and no practitioners (Q-91, Q-93).
    private func published(_ form: String, _ code: String) throws -> JSONValue {
        var json = try #require(try Fixture.json("search/covid_restricted_patient_\(form)_form.json").object)
        json["identifier"] = stored["identifier"]
        json["meta"] = Self.label(code)
        let contained = json["contained"]?.array?.filter { $0["resourceType"]?.string != "Practitioner" }
        json["contained"] = contained.map { .array($0) }
        json["performer"] = .array((json["performer"]?.array ?? []).filter { $0.at("actor", "reference") == nil })
        return .object(json)
    }

    private static func label(_ code: String) -> JSONValue {
        ["security": [["system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": .string(code)]]]
    }

    /// Q-91, Q-93.
    @Test func aRestrictedRecordIsReadInThePublishedForm() throws {
        let shown = Redaction(.restricted).apply(to: stored)
        #expect(try shown.differences(from: published("read", "R")) == [])
    }

    /// Q-91, Q-84: redaction comes before the form of a search.
    @Test func aRestrictedRecordIsFoundInThePublishedForm() throws {
        let form = SearchEntry(
            patientReference: "THIS VALUE SHOULD BE REPLACED WITH PATIENT_UUID_FOR_FULL_URL",
            nhsNumber: NHSNumber("9000000009")
        )
        var expected = try #require(try published("search", "R").object)
        let value = try #require(stored["identifier"]?[0]?["value"])
        expected["identifier"] = [
            ["use": "official", "system": "https://supplierABC/identifiers/vacc", "value": value]
        ]
        #expect(form.transform(Redaction(.restricted).apply(to: stored)).differences(from: .object(expected)) == [])
    }

    /// Q-92.
    @Test(arguments: [Confidentiality.veryRestricted, .invalidated])
    func aVeryRestrictedPersonHasNeitherNameNorBirthDate(_ code: Confidentiality) throws {
        let shown = Redaction(code).apply(to: stored)
        let patient = try #require(shown["contained"]?[0])
        #expect(
            Set(patient.object?.members.map(\.name) ?? []) == ["resourceType", "id", "identifier", "address"]
        )
        #expect(patient["address"] == [["postalCode": "ZZ99 3CZ"]])
        #expect(shown["meta"] == Self.label(code.rawValue))
        let entry: JSONValue = ["resourceType": "Patient", "id": "9000000009", "birthDate": "1965-02-28"]
        let shownEntry = Redaction(code).apply(toPatient: entry)
        #expect(shownEntry["birthDate"] == nil)
        #expect(shownEntry["meta"] == Self.label(code.rawValue))
        #expect(Redaction(.restricted).apply(toPatient: entry)["birthDate"] == "1965-02-28")
    }

    /// Q-90, Q-93: nothing is added to, or taken from, the others.
    @Test func anUnrestrictedPersonIsShownAsStored() {
        #expect(Redaction(.unrestricted).apply(to: stored) == stored)
        #expect(Redaction.none.apply(toPatient: ["id": "1"]) == ["id": "1"])
    }

    /// Q-94.
    @Test func idAndVersionStay() {
        let resource: JSONValue = [
            "resourceType": "Immunization", "id": "a",
            "meta": [
                "versionId": "3", "lastUpdated": "2025-01-01T00:00:00Z", "security": [["system": "s", "code": "c"]],
            ],
            "location": ["identifier": ["value": "X"]],
        ]
        let shown = Redaction(.restricted).apply(to: resource)
        #expect(shown["id"] == "a")
        #expect(shown["meta"]?["versionId"] == "3")
        #expect(shown["meta"]?["security"]?.array?.count == 2)
        #expect(Redaction(.restricted).apply(to: shown) == shown)
    }

    /// Q-95: in full for an unredacted client, labelled all the same; what is very restricted stays hidden.
    @Test func anUnredactedClientSeesRestrictedRecordsInFull() {
        let redaction = Redaction(.restricted, isUnredacted: true)
        let shown = redaction.apply(to: stored)
        #expect(redaction.showsRestricted)
        #expect(shown["performer"] == stored["performer"])
        #expect(shown["contained"] == stored["contained"])
        #expect(shown["meta"] == Self.label("R"))
        #expect(Redaction(.veryRestricted, isUnredacted: true).extent == .placesAndPerson)
        #expect(!Redaction(.unrestricted, isUnredacted: true).showsRestricted)
    }

    @Test func theSwitchTurnsRedactionOff() {
        #expect(Redaction(.veryRestricted, isOn: false).apply(to: stored)["contained"] == stored["contained"])
    }

    /// Q-94: who corrects what they have read does not overwrite what they were not shown.
    @Test func anUpdateOfTheRedactedFormKeepsTheSite() throws {
        let redaction = Redaction(.restricted)
        var update = try #require(redaction.apply(to: stored).object)
        update["lotNumber"] = "B2"
        update["meta"] = nil
        let restored = redaction.restoringSite(of: .object(update), from: stored)
        #expect(restored["lotNumber"] == "B2")
        #expect(restored["location"] == stored["location"])
        #expect(restored["performer"] == stored["performer"])
        #expect(restored["contained"]?.array?.contains { $0["resourceType"] == "Practitioner" } == true)
        // What the caller does know is theirs to change.
        update["location"] = ["identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "A1"]]
        #expect(redaction.restoringSite(of: .object(update), from: stored)["location"] == update["location"])
        #expect(Redaction.none.restoringSite(of: .object(update), from: stored) == .object(update))
    }

    /// Q-91: the same from whatever shape a supplier sent.
    @Test(
        arguments: [
            ["actor": ["reference": "#p"]], ["actor": ["reference": "Practitioner/1"]],
            ["actor": ["type": "Practitioner", "identifier": ["value": "C1"]]],
        ] as [JSONValue]
    )
    func noPractitionerIsShown(_ performer: JSONValue) {
        let resource: JSONValue = [
            "performer": [performer], "contained": [["resourceType": "Practitioner", "id": "p"]],
        ]
        let shown = Redaction(.restricted).apply(to: resource)
        #expect(shown["performer"] == nil)
        #expect(shown["contained"] == nil)
    }

    /// Q-90: unknown is unrestricted, a code nobody knows is not.
    @Test(
        arguments: [
            ([:], .unrestricted), (["meta": ["security": [["code": "U"]]]], .unrestricted),
            (["meta": ["security": [["code": "R"]]]], .restricted),
            (["meta": ["security": [["code": "U"], ["code": "V"]]]], .veryRestricted),
            (["meta": ["security": [["code": "REDACTED"]]]], .invalidated),
            (["meta": ["security": [["code": "X"]]]], .restricted),
            (["meta": ["security": [["system": "other", "code": "R"]]]], .unrestricted),
        ] as [(JSONValue, Confidentiality)]
    )
    func readsTheCodeOfAPatient(resource: JSONValue, code: Confidentiality) {
        #expect(Confidentiality(of: resource) == code)
    }
}
