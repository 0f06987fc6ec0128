import Events
import FHIR
import Subscriptions
import Testing
import Vaccination

/// The filters of the topic (`fhir-subscriptions.md` §3.1, §4.2).
@Suite struct FilterCriteriaTests {
    private static let topic = "https://herald.example/fhir/SubscriptionTopic/vaccination-record-change"
    private static let ods = "https://fhir.nhs.uk/Id/ods-organization-code"

    private func read(_ texts: String...) -> FilterCriteria {
        FilterCriteria(
            texts.enumerated().map { .init($1, at: "Subscription.criteria.extension[\($0)]") },
            topic: Self.topic,
            vaccineTypes: ["FLU", "COVID", "MMR"]
        )
    }

    private static func day(_ text: String) -> CivilDate? { CivilDate(iso: text.utf8.span) }

    private static let accepted: [(String, SubscriptionFilter)] = [
        ("vaccine-type=FLU", SubscriptionFilter(vaccineTypes: ["FLU"])),
        ("Immunization.vaccine-type=flu,COVID", SubscriptionFilter(vaccineTypes: ["FLU", "COVID"])),
        (
            "Immunization?vaccine-type=FLU&Immunization?status=completed",
            SubscriptionFilter(vaccineTypes: ["FLU"], others: [.statuses: ["completed"]])
        ),
        ("registered-gp=\(ods)|y12345", SubscriptionFilter(registeredPractices: ["Y12345"])),
        (
            "registered-gp=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fods-organization-code%7CY12345",
            SubscriptionFilter(registeredPractices: ["Y12345"])
        ),
        ("performer-organisation=RVVKC", SubscriptionFilter(performers: ["RVVKC"])),
        (
            "target-disease=http://snomed.info/sct|840539006,6142004",
            SubscriptionFilter(others: [.targetDiseases: ["840539006", "6142004"]])
        ),
        ("vaccine-code=39114911000001105", SubscriptionFilter(others: [.products: ["39114911000001105"]])),
        ("source-system=A\\,B", SubscriptionFilter(others: [.suppliers: ["A,B"]])),
        ("action=create,delete", SubscriptionFilter(kinds: [.recorded, .removed])),
        ("age=ge65", SubscriptionFilter(vaccinationAges: [Bounds(from: 65)].compactMap(\.self))),
        ("age=5", SubscriptionFilter(vaccinationAges: [Bounds(from: 5, through: 5)].compactMap(\.self))),
        ("date=ge2026-09-01", SubscriptionFilter(days: [Bounds(from: day("2026-09-01"))].compactMap(\.self))),
        (
            "date=2026-02",
            SubscriptionFilter(days: [Bounds(from: day("2026-02-01"), through: day("2026-02-28"))].compactMap(\.self))
        ),
        (
            "date=ne2026",
            SubscriptionFilter(
                days: [Bounds(through: day("2025-12-31")), Bounds(from: day("2027-01-01"))].compactMap(\.self)
            )
        ),
        ("patient=Patient/9990000018", SubscriptionFilter(patients: Set([NHSNumber("9990000018")].compactMap(\.self)))),
        (
            "patient.identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018",
            SubscriptionFilter(patients: Set([NHSNumber("9990000018")].compactMap(\.self)))
        ),
    ]

    @Test(arguments: accepted.indices)
    func aFilterOfTheTopicIsRead(_ index: Int) {
        let (text, filter) = Self.accepted[index]
        let criteria = read(text)
        #expect(criteria.findings == [], "\(text)")
        #expect(criteria.filter == filter, "\(text)")
    }

    /// Several extensions are joined by AND, and so are clauses between `&`.
    @Test func filtersNarrowEachOther() {
        #expect(read("vaccine-type=FLU,COVID", "vaccine-type=COVID,MMR").filter[.vaccineTypes] == ["COVID"])
        let days = read("date=ge2026-09-01&date=lt2027").filter.days
        #expect(days == [Bounds(from: Self.day("2026-09-01"), through: Self.day("2026-12-31"))].compactMap(\.self))
        #expect(read("age=gt5", "age=lt12").filter.vaccinationAges == [Bounds(from: 6, through: 11)].compactMap(\.self))
    }

    private static let refused: [(String, OperationOutcome.IssueType)] = [
        ("lot-number=1", .notSupported), ("Patient.birthdate=2000", .notSupported),
        ("vaccine-code:in=x", .notSupported),
        ("age=ne5", .notSupported), ("date=sa2026", .notSupported), ("vaccine-type=ANTHRAX", .value),
        ("date=yesterday", .value), ("date=2026-02-30", .value), ("date=2026-02-03T10:00:00Z", .value),
        ("patient.identifier=9990000017", .value), ("patient.identifier=http://other|9990000018", .value),
        ("patient=9990000018", .value), ("status=cancelled", .value), ("action=drop", .value), ("age=gt", .value),
        ("registered-gp=Y 1", .value), ("registered-gp", .value), ("", .value), ("vaccine-type=", .value),
        ("vaccine-type=%ZZ", .value), ("vaccine-type=FLU&vaccine-type=MMR", .value), ("age=gt5&age=lt3", .value),
        ("target-disease=1&target-disease=2", .notSupported),
    ]

    @Test(arguments: refused.indices)
    func whatIsNotOfferedOrCannotMatchIsRefused(_ index: Int) throws {
        let (text, type) = Self.refused[index]
        let findings = read("vaccine-type=FLU,MMR", text).findings
        let finding = try #require(findings.first, "\(text)")
        #expect(finding.type == type, "\(text): \(finding.text)")
        #expect(finding.expression == "Subscription.criteria.extension[1]")
        #expect(!finding.text.contains("999000001"), "an answer repeats no number")
    }

    /// §3.1: 50 filters, 500 values in all, 8 KiB a string.
    @Test func thereIsALimitToWhatIsAsked() {
        let many = FilterCriteria(
            (0..<51).map { _ in .init("status=completed", at: "x") },
            topic: Self.topic,
            vaccineTypes: []
        )
        #expect(many.findings.count == 1)
        #expect(read("source-system=" + (0..<501).map(String.init).joined(separator: ",")).findings.count == 1)
        #expect(read("source-system=" + (0..<500).map(String.init).joined(separator: ",")).findings.isEmpty)
        #expect(read("source-system=" + String(repeating: "x", count: 8200)).findings.count == 1)
    }
}
