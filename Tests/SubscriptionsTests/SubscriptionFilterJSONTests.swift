import Events
import FHIR
import Foundation
import Subscriptions
import Testing
import Vaccination

@Suite struct SubscriptionFilterJSONTests {
    private func json(_ filter: SubscriptionFilter) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(filter), as: UTF8.self)
    }

    private func filter(_ json: String) throws -> SubscriptionFilter {
        try JSONDecoder().decode(SubscriptionFilter.self, from: Data(json.utf8))
    }

    /// The form that version 0.1 stored.
    @Test func itsJSONHoldsTheClausesThatAreThereAndReadsBack() throws {
        let wanted = SubscriptionFilter(
            patients: Set(Seeded.patients.prefix(2)),
            registeredPractices: ["B00002", "A00001"]
        )
        let text = #"{"patients":["9990000018","9990548609"],"registeredPractices":["A00001","B00002"]}"#
        #expect(try json(wanted) == text)
        #expect(try filter(text) == wanted)
        #expect(try filter("{}") == SubscriptionFilter())
    }

    @Test func everyClauseHasItsName() throws {
        let wanted = SubscriptionFilter(
            others: [.homeCountries: ["E92000001"], .targetDiseases: ["6142004"]],
            registration: .unregistered,
            kinds: [.recorded, .removed],
            ages: [try #require(Bounds(years: "lt14"))],
            vaccinationAges: [try #require(Bounds(from: 6, through: 18))],
            days: [try #require(Bounds(from: CivilDate(year: 2025, month: 9, day: 1)))]
        )
        let text = """
            {"ages":[{"through":13}],"days":[{"from":"2025-09-01"}],"homeCountries":["E92000001"],\
            "kinds":["recorded","removed"],"registration":"unregistered","targetDiseases":["6142004"],\
            "vaccinationAges":[{"from":6,"through":18}]}
            """
        #expect(try json(wanted) == text)
        #expect(try filter(text) == wanted)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func anyFilterReadsBack(_ seed: UInt64) throws {
        var random = Seeded(state: seed)
        let wanted = random.filter()
        #expect(try filter(json(wanted)) == wanted)
    }

    /// Passing over what is not understood would tell a subscriber more than was asked for.
    @Test(arguments: [
        #"{"patients":["1234567890"]}"#, #"{"colour":["red"]}"#, #"{"kinds":["exploded"]}"#, #"{"registration":"no"}"#,
        #"{"ages":[{"from":9,"through":3}]}"#, #"{"days":[{"from":"yesterday"}]}"#, #"{"vaccineTypes":"FLU"}"#,
    ])
    func whatCannotBeUnderstoodIsRefused(_ json: String) {
        #expect(throws: DecodingError.self) { try filter(json) }
    }
}
