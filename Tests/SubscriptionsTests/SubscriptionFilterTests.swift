import Events
import FHIR
import Foundation
import Subscriptions
import Testing
import Vaccination

@Suite struct SubscriptionFilterTests {
    private let patient = PatientDetails(
        practice: "A00001",
        postcode: Postcode("LS1 4AP"),
        geography: PatientGeography(
            practiceSubLocation: "99L",
            homeSubLocation: "99M",
            homeAuthority: "716",
            homeCountry: "E92000001"
        )
    )
    private let event = Seeded.event(
        facts: VaccinationFacts(
            targetDiseases: ["6142004", "14189004"],
            procedures: ["822851000000102"],
            products: ["34680411000001107"],
            day: CivilDate(year: 2025, month: 1, day: 14)
        )
    )

    private func accepts(_ filter: SubscriptionFilter) -> Bool { filter.accepts(event, patient: patient) }

    @Test func clausesAreJoinedByAndTheirValuesByOr() {
        let number = Seeded.patients[0]
        #expect(accepts(SubscriptionFilter()))
        #expect(accepts(SubscriptionFilter(vaccineTypes: ["MMR", "FLU"])))
        #expect(accepts(SubscriptionFilter(patients: [number], vaccineTypes: ["FLU"])))
        #expect(!accepts(SubscriptionFilter(patients: [number], vaccineTypes: ["MMR"])))
        #expect(!accepts(SubscriptionFilter(patients: [number], performers: ["RJ1"], registeredPractices: ["A00001"])))
    }

    /// Every clause, with a value the event has and one it has not.
    @Test(arguments: [
        (FilterClause.registeredPractices, "A00001", "B00002"), (.performers, "RVVKC", "RJ1"),
        (.products, "34680411000001107", "39375411000001104"), (.homeAuthorities, "716", "413"),
        (.practiceSubLocations, "99L", "99M"), (.homeSubLocations, "99M", "99L"), (.postcodeAreas, "LS", "L"),
        (.postcodeAreas, "LS1", "LS12"), (.suppliers, "EMIS", "TPP"),
        (.procedures, "822851000000102", "1324681000000101"), (.vaccineTypes, "FLU", "MMR"),
        (.targetDiseases, "14189004", "36989005"), (.homeCountries, "E92000001", "W92000004"),
        (.statuses, "completed", "entered-in-error"),
    ])
    func aClauseTakesWhatItAsksForAndNothingElse(_ clause: FilterClause, _ asked: String, _ other: String) {
        #expect(accepts(SubscriptionFilter(others: [clause: [asked, "?"]])))
        #expect(!accepts(SubscriptionFilter(others: [clause: [other]])))
        // Of an event that nothing is known of, only what it carries itself can be answered.
        let isCarried = [FilterClause.performers, .suppliers, .vaccineTypes].contains(clause)
        let bare = Seeded.event()
        #expect(SubscriptionFilter(others: [clause: [asked]]).accepts(bare, patient: nil) == isCarried)
    }

    @Test func theFiveGeographyRulesOfNEMSAreClauses() {
        let codes = [
            GeographyRule.registeredPractice: "A00001", .practiceSubLocation: "99L", .homeSubLocation: "99M",
            .homeAuthority: "716", .homeCountry: "E92000001",
        ]
        for rule in GeographyRule.allCases {
            #expect(accepts(SubscriptionFilter(others: [rule.clause: [codes[rule]!]])))
            #expect(!accepts(SubscriptionFilter(others: [rule.clause: ["X"]])))
        }
    }

    @Test func aRemovedRecordIsEnteredInError() {
        let removal = Seeded.event(kind: .removed, facts: VaccinationFacts())
        #expect(SubscriptionFilter(others: [.statuses: ["entered-in-error"]]).accepts(removal, patient: nil))
        #expect(!SubscriptionFilter(others: [.statuses: ["completed"]]).accepts(removal, patient: nil))
    }

    @Test func registrationNeedsACurrentPracticeOrNoneAndAPatientWhoIsKnown() {
        let registered = SubscriptionFilter(registration: .registered)
        let unregistered = SubscriptionFilter(registration: .unregistered)
        #expect(accepts(registered) && !accepts(unregistered))
        #expect(unregistered.accepts(event, patient: PatientDetails()))
        #expect(!registered.accepts(event, patient: PatientDetails()))
        #expect(!registered.accepts(event, patient: nil) && !unregistered.accepts(event, patient: nil))
    }

    /// `nems.md` §4.6 rule 6.
    @Test(arguments: [
        ("lt14", "2011-01-15", true), ("lt14", "2011-01-14", false), ("gt60", "1964-01-15", false),
        ("gt60", "1964-01-14", true), ("gt5", "2019-01-15", false), ("gt5", "2019-01-14", true),
        ("eq5", "2019-01-15", true), ("ge5", "2020-01-14", true), ("le5", "2019-01-14", false),
    ])
    func ageIsInCompletedYears(_ term: String, _ birthDate: String, _ accepted: Bool) throws {
        // On 14 January 2025.
        let born = CivilDate(iso: birthDate.utf8.span)
        let event = Seeded.event(
            facts: VaccinationFacts(day: CivilDate(year: 2025, month: 1, day: 14), birthDate: born),
            committedAt: Date(timeIntervalSince1970: 1_736_812_800)
        )
        let years = try #require(Bounds(years: term))
        #expect(SubscriptionFilter(ages: [years]).accepts(event, patient: nil) == accepted)
        #expect(SubscriptionFilter(vaccinationAges: [years]).accepts(event, patient: nil) == accepted)
    }

    @Test func aBirthdayOnTheTwentyNinthOfFebruaryFallsOnTheFirstOfMarchInOtherYears() throws {
        let born = try #require(CivilDate(year: 2012, month: 2, day: 29))
        func age(_ year: Int, _ month: Int, _ day: Int) -> Int? {
            CivilDate(year: year, month: month, day: day).map { born.completedYears(on: $0) }
        }
        #expect(age(2025, 2, 28) == 12)
        #expect(age(2025, 3, 1) == 13)
        #expect(age(2028, 2, 28) == 15)
        #expect(age(2028, 2, 29) == 16)
        #expect(age(2012, 2, 28) == -1)
    }

    @Test func theRecordsBirthDateCountsAndTheDirectorysWhereItHasNone() throws {
        let child = try SubscriptionFilter(ages: [#require(Bounds(years: "lt14"))])
        let now = Date(timeIntervalSince1970: 1_736_812_800)
        let young = CivilDate(year: 2020, month: 1, day: 1)
        let old = CivilDate(year: 1950, month: 1, day: 1)
        let without = Seeded.event(facts: VaccinationFacts(), committedAt: now)
        let with = Seeded.event(facts: VaccinationFacts(birthDate: old), committedAt: now)
        #expect(child.accepts(without, patient: PatientDetails(birthDate: young)))
        #expect(!child.accepts(with, patient: PatientDetails(birthDate: young)))
        #expect(!child.accepts(without, patient: nil))
    }

    @Test(arguments: ["lt0", "lt", "gt-1", "gt5.5", "14", "eq", "lt1000", "ne5", "lt 5"])
    func aTermThatIsNoAgeIsRefused(_ term: String) {
        #expect(Bounds<Int>(years: term) == nil)
    }

    @Test func daysIncludeBothEnds() throws {
        let day = try #require(CivilDate(year: 2025, month: 1, day: 14))
        let next = try #require(CivilDate(year: 2025, month: 1, day: 15))
        #expect(accepts(SubscriptionFilter(days: [try #require(Bounds(from: day, through: day))])))
        #expect(!accepts(SubscriptionFilter(days: [try #require(Bounds(from: next))])))
        #expect(Bounds(from: next, through: day) == nil)
    }

    @Test func aPersonsFilterNeverTakesARecordWithoutNumber() {
        let event = Seeded.event(number: nil)
        #expect(!SubscriptionFilter(patients: Set(Seeded.patients)).accepts(event, patient: nil))
    }
}
