import FHIR
import Testing
import Vaccination

@Suite struct SearchEntryTests {
    private let form = SearchEntry(patientReference: "urn:uuid:1", nhsNumber: NHSNumber("9000000009"))

    @Test func makesTheFormTheNationalServiceReturns() throws {
        let stored = try Fixture.json("search/completed_covid_immunization_event.json")
        var expected = try #require(
            try Fixture.json("search/completed_covid_immunization_event_filtered_for_search.json").object
        )
        // The published pair differs in the supplier's identifier, which a search does not touch.
        let value = try #require(stored["identifier"]?[0]?["value"])
        expected["identifier"] = [
            ["use": "official", "system": "https://supplierABC/identifiers/vacc", "value": value]
        ]
        let form = SearchEntry(
            patientReference: "THIS VALUE SHOULD BE REPLACED WITH PATIENT_UUID_FOR_FULL_URL",
            nhsNumber: NHSNumber("9000000009")
        )
        #expect(form.transform(stored).differences(from: .object(expected)) == [])
    }

    @Test func keepsIdAndVersion() {
        let entry = form.transform(["id": "x", "meta": ["versionId": "3"]])
        #expect(entry["id"] == "x")
        #expect(entry["meta"]?["versionId"] == "3")
    }

    @Test func neverOverwritesTheUseOfAnIdentifier() {
        let entry = form.transform(["identifier": [["use": "secondary", "value": "1"]]])
        #expect(entry["identifier"] == [["use": "secondary", "value": "1"]])
    }

    @Test func leavesNoReferenceIntoWhatIsGone() {
        let entry = form.transform([
            "contained": [["resourceType": "Practitioner", "id": "p"]],
            "performer": [["actor": ["reference": "#p"]]],
        ])
        #expect(entry["contained"] == nil)
        #expect(entry["performer"] == nil)
    }

    @Test func keepsOrganisations() {
        let organization: JSONValue = ["actor": ["type": "Organization", "identifier": ["value": "B0C4P"]]]
        let entry = form.transform(["performer": [["actor": ["reference": "#p"]], organization]])
        #expect(entry["performer"] == [organization])
    }

    @Test func namesNoNumberWhereThereIsNone() {
        let entry = SearchEntry(patientReference: "urn:uuid:1", nhsNumber: nil).transform(["patient": [:]])
        #expect(entry["patient"] == ["reference": "urn:uuid:1", "type": "Patient"])
    }
}
