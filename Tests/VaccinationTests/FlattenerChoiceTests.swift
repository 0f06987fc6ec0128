import FHIR
import Testing
import Vaccination

/// How the flattener chooses among several names, addresses, performers and codings
/// (immunization-mapping.md 5.1 to 5.3).
@Suite struct FlattenerChoiceTests {
    private func flatten(_ json: String) throws -> FlatRecord {
        ImmunizationFlattener.flatten(try JSONValue(parsing: json), action: .new).flat
    }

    private func surname(_ names: String) throws -> String {
        try flatten(
            """
            {"occurrenceDateTime":"2025-01-14T09:00:00+00:00",
             "contained":[{"resourceType":"Patient","name":[\(names)]}]}
            """
        )[.personSurname]
    }

    @Test func prefersTheOfficialNameThatIsCurrent() throws {
        let home = #"{"family":"Home","given":["A"],"use":"home"}"#
        let old = #"{"family":"Old","given":["A"],"use":"old"}"#
        let official = #"{"family":"Official","given":["A"],"use":"official"}"#
        let past = #"{"family":"Past","given":["A"],"use":"official","period":{"end":"2025-01-13"}}"#
        let half = #"{"family":"Half","use":"official"}"#
        #expect(try surname("\(home),\(official)") == "Official")
        #expect(try surname("\(half),\(past),\(old),\(home)") == "Home")
        #expect(try surname("\(past),\(old)") == "Past")
        #expect(try surname("\(old),\(past)") == "Old")
        #expect(try surname(half) == "")
    }

    @Test(arguments: [
        (#"{"start":"2025-01-14"}"#, true), (#"{"start":"2025-01-15"}"#, false), (#"{"end":"2025-01-14"}"#, true),
        (#"{"end":"2025-01-13"}"#, false), (#"{"end":"2025"}"#, true), (#"{"start":"2025-02"}"#, false),
        (#"{"start":"2025-01-14T10:00:00+01:00"}"#, true), (#"{"start":"2025-01-14T09:00:01"}"#, false),
        (#"{"end":"2025-01-14T09:00:00"}"#, true), (#"{"end":"2025-01-14T09:59:59+01:00"}"#, false), ("{}", true),
    ])
    func comparesPeriodsAsInstants(period: String, isCurrent: Bool) throws {
        let other = #"{"family":"Other","given":["A"]}"#
        let name = #"{"family":"Name","given":["A"],"use":"official","period":\#(period)}"#
        #expect(try surname("\(other),\(name)") == (isCurrent ? "Name" : "Other"))
    }

    @Test func givesBothHalvesOfANameOrNone() throws {
        #expect(try surname(#"{"family":"Rowan","given":[]}"#) == "")
        #expect(try surname(#"{"family":"Rowan","given":["A"]}"#) == "Rowan")
    }

    @Test func givesHalfAPractitionersName() throws {
        let record = try flatten(
            """
            {"occurrenceDateTime":"2025-01-14",
             "contained":[{"resourceType":"Practitioner","name":[{"family":"Carter"}]}]}
            """
        )
        #expect(record[.performingProfessionalSurname] == "Carter")
        #expect(record[.performingProfessionalForename] == "")
    }

    @Test(arguments: [
        ("", "ZZ99 3CZ"),
        (#"{"postalCode":"A1","period":{"end":"1999"}}"#, "A1"),
        (#"{"use":"home"}"#, "ZZ99 3CZ"),
        (#"{"postalCode":"A1","use":"work"},{"postalCode":"B2","use":"HOME","type":"physical"}"#, "B2"),
        (#"{"postalCode":"A1","use":"home","type":"Postal"},{"postalCode":"B2","use":"work"}"#, "B2"),
        (#"{"postalCode":"A1","use":"old"},{"postalCode":"B2","type":"postal"}"#, "B2"),
        (#"{"postalCode":"A1","use":"old"},{"postalCode":"B2","use":"Old"}"#, "A1"),
        (#"{"postalCode":"A1","period":{"end":"1999"}},{"use":"home"}"#, "ZZ99 3CZ"),
    ])
    func choosesThePostcode(addresses: String, postcode: String) throws {
        let record = try flatten(
            """
            {"occurrenceDateTime":"2025-01-14",
             "contained":[{"resourceType":"Patient","address":[\(addresses)]}]}
            """
        )
        #expect(record[.personPostcode] == postcode)
    }

    @Test func choosesTheSite() throws {
        let practitioner = ##"{"actor":{"reference":"#p"}}"##
        let other = #"{"actor":{"identifier":{"system":"urn:x","value":"1"}}}"#
        let school = #"{"actor":{"type":"Organization","identifier":{"system":"urn:school","value":"2"}}}"#
        let ods = #"{"actor":{"identifier":{"system":"\#(FHIRSystem.odsCode)","value":"3"}}}"#
        let both = #"{"actor":{"type":"Organization","identifier":{"system":"\#(FHIRSystem.odsCode)","value":"4"}}}"#
        for (performers, code) in [
            ([practitioner, other, school, ods, both], "4"), ([other, school, ods], "3"), ([other, school], "2"),
            ([practitioner, other], "1"), ([practitioner], ""),
        ] {
            #expect(try flatten(#"{"performer":[\#(performers.joined(separator: ","))]}"#)[.siteCode] == code)
        }
    }

    @Test(arguments: [
        (#"{"text":"T","coding":[{"system":"http://snomed.info/sct","display":"D"}]}"#, "T"),
        (#"{"coding":[{"system":"x","display":"X"},{"system":"http://snomed.info/sct","display":"D"}]}"#, "D"),
        (#"{"coding":[{"system":"x","display":"X"}]}"#, ""),
        (
            """
            {"coding":[{"system":"http://snomed.info/sct","display":"D","extension":[{"url":"other","valueString":"O"},
             {"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-CodingSCTDescDisplay",
              "valueString":"E"}]}]}
            """, "E"
        ),
    ])
    func choosesTheTerm(concept: String, term: String) throws {
        #expect(try flatten(#"{"site":\#(concept)}"#)[.siteOfVaccinationTerm] == term)
    }

    @Test func takesTheFirstSNOMEDReason() throws {
        let record = try flatten(
            """
            {"reasonCode":[{"coding":[{"system":"x","code":"1"}]},{"text":"because"},
             {"coding":[{"system":"x","code":"2"},{"system":"http://snomed.info/sct","code":"3"}]}]}
            """
        )
        #expect(record[.indicationCode] == "3")
    }

    @Test func namesNoSystemWhereThereAreSeveralIdentifiers() throws {
        let record = try flatten(#"{"identifier":[{"system":"a","value":"1"},{"system":"b","value":"2"}]}"#)
        #expect(record[.uniqueID] == "1")
        #expect(record[.uniqueIDURI] == "")
    }
}
