import FHIR
import Foundation
import Subscriptions
import Testing
import Vaccination

/// The criteria of `nems.md` §4.3, rule by rule.
@Suite struct EventCriteriaTests {
    private static let start = "/Bundle?type=message"
    private static let generic =
        start + "&subscriptionRuleType=CHO_POSTCODE_CCG&Organization.identifier=15F&MessageHeader.event=vaccinations-1"
    private static let explicit =
        start + "&Patient.identifier=https://fhir.nhs.uk/Id/nhs-number|9990000026&MessageHeader.event=vaccinations-1"

    private static func files() throws -> [URL] {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/nems")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
    }

    /// Every request of the page and of the synthetic set is accepted.
    @Test func everyExampleIsRead() throws {
        let files = try Self.files()
        #expect(files.count == 8)
        for file in files {
            let resource = try JSONValue(parsing: Array(try Data(contentsOf: file)))
            let criteria = try EventCriteria(try #require(resource["criteria"]?.string))
            #expect(criteria.kind == (file.lastPathComponent.contains("explicit") ? .explicit : .generic))
        }
    }

    /// The read response of 2018 must not be used to create: no rule type, several events, a retired code.
    @Test func thePublishedReadResponseIsRefused() {
        #expect(throws: EventCriteriaFault.self) {
            try EventCriteria(
                "/Bundle?type=message&Organization.identifier=X2458&MessageHeader.event=pds-birth-notification-1"
                    + "&MessageHeader.event=pds-change-of-address-1&MessageHeader.event=pds-change-of-gp-1"
                    + "&MessageHeader.event=pds-person-death-1"
            )
        }
    }

    @Test func whatIsReadBecomesAFilter() throws {
        let childHealth = try EventCriteria(
            Self.generic
                + "&serviceType=CHO&Patient.age=lt20&Patient.age=gt4&GPRegistration=UnregisteredOnly&tag=a|b,c-d_e"
        )
        var wanted = SubscriptionFilter(registration: .unregistered, ages: [try #require(Bounds(from: 5, through: 19))])
        wanted[.homeSubLocations] = ["15F"]
        #expect(childHealth.filter == wanted)
        #expect(childHealth.tag == "a|b,c-d_e")
        #expect(childHealth.service == .childHealth)
        #expect(childHealth.events == [.vaccinations])
        let family = try EventCriteria(Self.explicit + "&MessageHeader.event=pds-record-change-1")
        #expect(family.filter == SubscriptionFilter(patients: [try #require(NHSNumber("9990000026"))]))
        #expect(family.events == [.vaccinations, .recordChange])
    }

    // §4.6: each rule compares with its own clause.
    @Test(arguments: [
        ("GP_GP_GP", FilterClause.registeredPractices, "A83627"), ("CHO_GP_CCG", .practiceSubLocations, "15F"),
        ("CHO_POSTCODE_CCG", .homeSubLocations, "15F"), ("UHV_POSTCODE_LACODE", .homeAuthorities, "413"),
        ("COUNTRYCODE", .homeCountries, "E92000001"),
    ])
    func eachRuleHasItsClause(_ rule: String, _ clause: FilterClause, _ code: String) throws {
        let criteria = try EventCriteria(
            Self.start
                + "&subscriptionRuleType=\(rule)&Organization.identifier=\(code)&MessageHeader.event=vaccinations-1"
        )
        #expect(criteria.filter == SubscriptionFilter(others: [clause: [code]]))
    }

    private static let refused: [(rule: String, text: String)] = [
        ("start", "Bundle?type=message&MessageHeader.event=vaccinations-1"), ("start", start), ("start", ""),
        ("1", start + "&MessageHeader.event=vaccinations-1"),
        ("1", generic + "&Patient.identifier=https://fhir.nhs.uk/Id/nhs-number|9990000026"),
        ("1", explicit + "&Organization.identifier=15F"), ("2", generic + "&"),
        ("2", start + "&" + generic.dropFirst(20)),
        ("2", generic + "&&tag=a"), ("2", generic + "&tag="), ("2", generic + "&tag"), ("2", generic + "&colour=red"),
        ("3", generic + "&Tag=a"), ("3", generic + "&servicetype=GP"), ("3", generic + "&serviceType=gp"),
        ("3", generic.replacing("CHO_POSTCODE_CCG", with: "cho_postcode_ccg")),
        ("cardinality", generic + "&tag=a&tag=b"),
        ("cardinality", generic + "&serviceType=GP&serviceType=GP"),
        ("cardinality", generic + "&MessageHeader.event=pds-record-change-1"),
        ("cardinality", generic.replacing("&MessageHeader.event=vaccinations-1", with: "")),
        ("cardinality", generic.replacing("&Organization.identifier=15F", with: "")),
        ("organisation", generic.replacing("15F", with: "15-F")), ("5", generic + "&tag=%zz"),
        ("5", generic + "&tag=%257C"), ("6", generic.replacing("CHO_POSTCODE_CCG", with: "COUNTRYCODE")),
        ("6", generic.replacing("CHO_POSTCODE_CCG", with: "HSS").replacing("15F", with: "E92000001")),
        ("8", generic + "&Patient.age=20"), ("8", generic + "&Patient.age=le20"), ("8", generic + "&Patient.age=ge2"),
        ("8", generic + "&Patient.age=lt1.5"), ("8", generic + "&Patient.age=lt"), ("8", generic + "&Patient.age=lt-1"),
        ("8", generic + "&Patient.age:contains=lt5"), ("8", generic + "&Patient.age=lt0"),
        ("8", generic + "&Patient.age=lt9&Patient.age=lt8&Patient.age=lt7"),
        ("8", generic + "&Patient.age=lt5&Patient.age=gt10"), ("9", generic + "&Patient.gender=female"),
        ("9", generic + "&Patient.address-postalcode=LS1"),
        ("registration", generic + "&GPRegistration=Both"),
        (
            "registration",
            generic.replacing("CHO_POSTCODE_CCG", with: "GP_GP_GP") + "&GPRegistration=RegisteredOnly"
        ),
        (
            "registration",
            generic.replacing("CHO_POSTCODE_CCG", with: "CHO_GP_CCG") + "&GPRegistration=UnregisteredOnly"
        ),
        ("tag", generic + "&tag=a~b"), ("tag", generic + "&tag=a b"), ("tag", generic + "&tag=é"),
        ("tag", generic + "&tag=" + String(repeating: "x", count: 101)),
    ]

    @Test(arguments: refused.indices) func whatBreaksARuleIsRefused(_ index: Int) {
        let (rule, text) = Self.refused[index]
        let fault = #expect(throws: EventCriteriaFault.self, "rule \(rule): \(text)") { try EventCriteria(text) }
        guard case .rule = fault else {
            Issue.record("rule \(rule): \(text) is refused for another reason")
            return
        }
    }

    // §4.3 rule 7
    @Test(arguments: [
        "PDS001", "PDS002", "PDS003", "PDS004", "FM001", "CH015", "pds-person-death-1",
        "allergies-and-adverse-reactions-1",
        "Vaccinations-1", "vaccinations-2", "",
    ])
    func rule7_retiredAndUnknownEventsAreRefused(_ code: String) {
        #expect(throws: EventCriteriaFault.self) {
            try EventCriteria(Self.explicit + "&MessageHeader.event=\(code)")
        }
    }

    // §4.4 step 3: these have answers of their own.
    @Test func patientsAreCheckedOnTheirOwn() {
        func fault(_ identifier: String) -> EventCriteriaFault? {
            #expect(throws: EventCriteriaFault.self) {
                try EventCriteria(
                    Self.start + "&Patient.identifier=\(identifier)&MessageHeader.event=vaccinations-1"
                )
            }
        }
        #expect(fault("https://fhir.nhs.uk/Id/nhs-number|9990000027") == .nhsNumber)
        #expect(fault("https://fhir.nhs.uk/Id/nhs-number|999000002") == .nhsNumber)
        #expect(fault("https://fhir.nhs.uk/Id/nhs-number|999 000 0026") == .nhsNumber)
        #expect(fault("https://fhir.nhs.uk/Id/local|9990000026") == .identifierSystem)
        #expect(fault("9990000026")?.description.contains("9990000026") == false)
    }

    // §4.3 rule 5, and either system.
    @Test(arguments: [
        "http://fhir.nhs.net/Id/nhs-number|9990000026", "http://fhir.nhs.net/Id/nhs-number%7C9990000026",
        "https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7c9990000026",
    ])
    func rule5_barsMayBeEncoded(_ identifier: String) throws {
        let criteria = try EventCriteria(
            Self.start + "&Patient.identifier=\(identifier)&MessageHeader.event=vaccinations-1"
        )
        #expect(criteria == (try EventCriteria(Self.explicit)))
    }

    /// §4.3 rule 4: any order is accepted and has one canonical form, which the tag is no part of and everything else is.
    @Test func rule4_theOrderDoesNotMatter() throws {
        var random = Seeded(state: 4)
        let generic = [
            "subscriptionRuleType=UHV_POSTCODE_LACODE", "Organization.identifier=413",
            "MessageHeader.event=vaccinations-1", "Patient.age=lt5", "Patient.age=gt0", "serviceType=UHV",
            "GPRegistration=RegisteredOnly",
        ]
        let expected = try EventCriteria(Self.start + "&" + generic.joined(separator: "&"))
        #expect(expected.canonical.hasPrefix(Self.start + "&GPRegistration=RegisteredOnly&MessageHeader.event="))
        for round in 0..<50 {
            let mixed = (generic + ["tag=t\(round)"]).shuffled(using: &random)
            let criteria = try EventCriteria(Self.start + "&" + mixed.joined(separator: "&"))
            #expect(criteria.canonical == expected.canonical)
            #expect(criteria.filter == expected.filter)
            #expect(criteria.tag == "t\(round)")
            // What is canonical is criteria itself, and its own canonical form.
            #expect(try EventCriteria(criteria.canonical).canonical == criteria.canonical)
            let dropped = mixed.filter { !$0.hasPrefix("tag=") }.dropLast()
            if let other = try? EventCriteria(Self.start + "&" + dropped.joined(separator: "&")) {
                #expect(other.canonical != expected.canonical)
            }
        }
    }

    /// Whatever stands there: it is read or refused, and what is read obeys §4.3 rule 1.
    @Test func anyTextIsReadOrRefused() {
        var random = Seeded(state: 9)
        let pieces = [
            "&", "=", "|", "%7C", "%", "tag", "Patient.identifier", "MessageHeader.event", "vaccinations-1",
            "9990000026",
            "https://fhir.nhs.uk/Id/nhs-number", "subscriptionRuleType", "COUNTRYCODE", "E92000001", "lt5",
            "Patient.age",
            "Organization.identifier", "é", "\u{0}", " ",
        ]
        for _ in 0..<2000 {
            let text = (0..<random.number(0...14)).map { _ in pieces[random.number(0...pieces.count - 1)] }.joined()
            guard let criteria = try? EventCriteria(Self.start + "&" + text) else { continue }
            #expect(!criteria.events.isEmpty)
            #expect(criteria.filter.patients.isEmpty == (criteria.kind == .generic))
        }
    }

    // §5.5: the table's workflows.
    @Test func eventsHaveTheirWorkflows() {
        #expect(
            NationalEvent.allCases.map(\.workflowID) == [
                "VACCINATIONS_1", "PROFESSIONALCONTACTS_1", "BLOODSPOTTESTOUTCOME_1", "NEWBORNHEARING_1",
                "NIPEOUTCOME_1",
                "BIRTHNOTIFICATION_1", "CHANGEOFADDRESS_1", "CHANGEOFGP_1", "DEATHNOTIFICATION_1", "PDSRECORDCHANGE_1",
            ]
        )
        #expect(NationalEvent.allCases.allSatisfy { NationalEvent(workflowID: $0.workflowID) == $0 })
        #expect(NationalEvent(workflowID: "vaccinations-1") == nil)
    }
}
