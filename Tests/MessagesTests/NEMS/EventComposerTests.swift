import FHIR
import Foundation
import Messages
import Testing

/// Event messages for vaccinations (`nems.md` §5.1 to §5.4).
@Suite struct EventComposerTests {
    private static let names = [
        "covid-1-new", "covid-2-update-lot", "covid-3-delete", "mmr-notgiven-new", "mmr-reported-new",
    ]
    private static let composer = EventComposer(
        sender: EventSender(asid: "918999198999", contact: "events-support@example.nhs.uk")
    )

    /// A strict example: the stored record, what else goes into the message, and the message.
    private struct Sample {
        var immunization: JSONValue
        var order: EventOrder
        let expected: JSONValue
        let expectedXML: [UInt8]

        init(_ name: String) throws {
            immunization = try JSONValue(parsing: Fixtures.bytes("nems/inputs/\(name).json"))
            expected = try JSONValue(parsing: Fixtures.bytes("nems/messages/\(name).json"))
            expectedXML = try Fixtures.bytes("nems/messages/\(name).xml")
            let type = name.contains("new") ? EventMessageType.new : name.contains("update") ? .update : .delete
            let header = try #require(Self.resource("MessageHeader", expected))
            order = EventOrder(
                type: type,
                committed: try Self.date(header.at("meta", "lastUpdated")),
                sent: try Self.date(header["timestamp"]),
                isTraced: true
            )
            order.organisationName = Self.resource("Organization", expected)?["name"]?.string
            order.locationName = Self.resource("Location", expected)?["name"]?.string
            order.encounterType = Self.term(Self.resource("Encounter", expected)?["type"])
            order.careSetting = Self.term(Self.resource("HealthcareService", expected)?["type"])
            order.profession = Self.term(Self.resource("PractitionerRole", expected)?["code"])
        }

        func bundle() throws -> JSONValue { try composer.bundle(of: immunization, order) }

        static func resource(_ type: String, _ bundle: JSONValue) -> JSONValue? {
            bundle["entry"]?.array?.lazy.compactMap { $0["resource"] }.first { $0["resourceType"]?.string == type }
        }

        private static func date(_ value: JSONValue?) throws -> Date {
            try #require(value?.string.flatMap { FHIRInstant($0) }).date
        }

        private static func term(_ concepts: JSONValue?) -> EventOrder.Term? {
            let concept = concepts?[0] ?? concepts
            guard let coding = concept?["coding"]?[0] else { return nil }
            return .init(code: coding["code"]?.string ?? "", display: coding["display"]?.string ?? "")
        }
    }

    /// Points of time are compared as such: the samples have UK local time.
    private func inUTC(_ tree: XMLTree) -> XMLTree {
        var tree = tree
        if tree.name == "lastUpdated" || tree.name == "timestamp" {
            tree.attributes["value"] = tree.attributes["value"].flatMap { FHIRInstant($0) }.map { "\($0)" }
        }
        tree.children = tree.children.map(inUTC)
        return tree
    }

    // §5.1 to §5.3, in STU3 order: the trees are compared with the order of their elements, ids aside.
    @Test(arguments: names) func theStrictExamplesAreMet(_ name: String) throws {
        let sample = try Sample(name)
        var (mine, theirs) = (UUIDNumbers(), UUIDNumbers())
        let bytes = try STU3XMLWriter.document(of: sample.bundle())
        let actual = try #require(XMLTree(bytes)).trimmed
        let expected = try #require(XMLTree(sample.expectedXML)).trimmed
        #expect(mine.numbered(inUTC(actual)) == theirs.numbered(inUTC(expected)))
    }

    // §5.4: one identifier through new, update and delete, an id of its own for each message; the rest of a delete unchanged.
    @Test func newUpdateAndDeleteAreLinkedByTheIdentifier() throws {
        let bundles = try Self.names.prefix(3).map { try Sample($0).bundle() }
        let records = try bundles.map { try #require(Sample.resource("Immunization", $0)) }
        #expect(Set(records.map { $0["identifier"]?[0]?["value"] }).count == 1)
        #expect(records.map { $0["status"] } == ["completed", "completed", "entered-in-error"])
        #expect(records[1]["lotNumber"] == records[2]["lotNumber"])
        #expect(Set(bundles.map { Sample.resource("MessageHeader", $0)?["id"] }).count == 3)
    }

    // §5.2: the ordering key has milliseconds.
    @Test func lastUpdatedIsTheCommitToTheMillisecond() throws {
        var sample = try Sample("covid-1-new")
        sample.order.committed = Date(timeIntervalSince1970: 1_759_569_725.1209)
        let header = Sample.resource("MessageHeader", try sample.bundle())
        #expect(header?.at("meta", "lastUpdated") == "2025-10-04T09:22:05.120+00:00")
    }

    // §5.1: every reference resolves within the bundle.
    @Test(arguments: names) func everyReferenceResolves(_ name: String) throws {
        let tree = try #require(XMLTree(STU3XMLWriter.document(of: Sample(name).bundle())))
        let ids = tree.all("fullUrl").compactMap { $0.attributes["value"] }
        let references = tree.all("reference").compactMap { $0.attributes["value"] }
        #expect(Set(ids).count == ids.count)
        #expect(references.count > 5)
        #expect(Set(references).isSubset(of: Set(ids)))
    }

    /// A record of a feed alone: what is not known is left out, what the profile demands is there.
    @Test func whatIsNotKnownIsLeftOut() throws {
        var sample = try Sample("covid-1-new")
        sample.order = EventOrder(type: .new, committed: Date(), sent: Date(), isTraced: false)
        sample.immunization = sample.immunization
            .setting(
                "location",
                to: ["identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X99999"]]
            )
            .setting("protocolApplied", to: [["doseNumberPositiveInt": 2]])
        let bundle = try sample.bundle()
        let types = bundle["entry"]?.array?.compactMap { $0["resource"]?["resourceType"]?.string }
        #expect(types == ["MessageHeader", "Immunization", "Patient", "Organization", "Practitioner"])
        // §5.3: a name 1..1, for which the code stands in.
        #expect(Sample.resource("Organization", bundle)?["name"] == "A83627")
        // STU3 has no dose number without what it protects from.
        #expect(Sample.resource("Immunization", bundle)?["vaccinationProtocol"] == nil)
        let status = Sample.resource("Patient", bundle)?["identifier"]?[0]?["extension"]?[0]?
            .at("valueCodeableConcept", "coding")?[0]?["code"]
        #expect(status == "02")
        #expect(try XMLTree(STU3XMLWriter.document(of: bundle)) != nil)
    }

    @Test func aVaccinationAbroadHasItsCountry() throws {
        var sample = try Sample("covid-1-new")
        sample.order.organisationName = nil
        sample.immunization = sample.immunization.setting(
            "performer",
            to: [["actor": ["identifier": ["system": "http://snomed.info/sct", "value": "223366009"]]]]
        )
        let bundle = try sample.bundle()
        #expect(Sample.resource("Organization", bundle)?["identifier"]?[0]?["value"] == "N2N9I")
        #expect(Sample.resource("Location", bundle)?["identifier"]?[0]?["value"] == "223366009")
    }

    @Test(arguments: ["primarySource", "extension", "contained", "identifier"])
    func aRecordWithoutWhatAnEventNeedsIsRefused(_ member: String) throws {
        var sample = try Sample("covid-1-new")
        sample.immunization = sample.immunization.setting(member, to: nil)
        #expect(throws: DigitalMedicineError.self) { try sample.bundle() }
    }
}
