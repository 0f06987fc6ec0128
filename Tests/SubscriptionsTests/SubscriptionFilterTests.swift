import Foundation
import Subscriptions
import Testing
import Vaccination

@Suite struct SubscriptionFilterTests {
    @Test func clausesAreJoinedByAndTheirValuesByOr() {
        let patient = Seeded.patients[0]
        let event = Seeded.event(number: patient, type: "FLU", performer: "RVVKC")
        #expect(SubscriptionFilter().accepts(event, practice: nil))
        #expect(SubscriptionFilter(vaccineTypes: ["MMR", "FLU"]).accepts(event, practice: nil))
        #expect(SubscriptionFilter(patients: [patient], vaccineTypes: ["FLU"]).accepts(event, practice: nil))
        #expect(!SubscriptionFilter(patients: [patient], vaccineTypes: ["MMR"]).accepts(event, practice: nil))
        #expect(!SubscriptionFilter(performers: ["RJ1"]).accepts(event, practice: nil))
        #expect(SubscriptionFilter(registeredPractices: ["A00001"]).accepts(event, practice: "A00001"))
        #expect(!SubscriptionFilter(registeredPractices: ["A00001"]).accepts(event, practice: nil))
    }

    @Test func aPersonsFilterNeverTakesARecordWithoutNumber() {
        let event = Seeded.event(number: nil, type: "FLU", performer: "RVVKC")
        #expect(!SubscriptionFilter(patients: Set(Seeded.patients)).accepts(event, practice: nil))
    }

    @Test func itsJSONHoldsTheClausesThatAreThereAndReadsBack() throws {
        let filter = SubscriptionFilter(
            patients: Set(Seeded.patients.prefix(2)),
            registeredPractices: ["B00002", "A00001"]
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(filter)
        let text = #"{"patients":["9990000018","9990548609"],"registeredPractices":["A00001","B00002"]}"#
        #expect(String(decoding: json, as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(SubscriptionFilter.self, from: json) == filter)
        #expect(try JSONDecoder().decode(SubscriptionFilter.self, from: Data("{}".utf8)) == SubscriptionFilter())
    }

    @Test func aNumberThatIsNoneIsRefused() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(SubscriptionFilter.self, from: Data(#"{"patients":["1234567890"]}"#.utf8))
        }
    }
}
