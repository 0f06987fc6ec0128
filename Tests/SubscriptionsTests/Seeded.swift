import Events
import Foundation
import Subscriptions
import Vaccination

/// Subscriptions and events over few values, so that they meet; the same for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    static let patients = ["9990548609", "9990000018", "9990000026"].compactMap { NHSNumber($0) }
    static let types: Set = ["FLU", "MMR", "COVID"]
    static let performers: Set = ["RVVKC", "RJ1", "X99999"]
    static let practices: Set = ["A00001", "B00002", "C00003"]

    static var blank: Subscription {
        Subscription(
            id: SubscriptionID(UUID()),
            audience: .subscriber,
            channel: .restHook,
            reason: "a test",
            client: "test-client",
            endpoint: "https://subscriber.example.nhs.uk/",
            createdAt: Date(timeIntervalSince1970: 0)
        )
    }

    static func event(number: NHSNumber?, type: String, performer: String) -> VaccinationEvent {
        VaccinationEvent(
            kind: .recorded,
            recordID: RecordID(RecordIdentifier(system: "s", value: "v")),
            change: 1,
            version: 1,
            committedAt: Date(timeIntervalSince1970: 0),
            attributes: EventAttributes(nhsNumber: number, vaccineType: type, performer: performer, supplier: "EMIS")
        )
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func subscription() -> Subscription {
        var subscription = Self.blank
        subscription.audience = number(0...5) == 0 ? .nis : .subscriber
        subscription.status = [.active, .active, .active, .error, .off, .requested][number(0...5)]
        subscription.filter = SubscriptionFilter(
            patients: clause(Set(Self.patients)),
            vaccineTypes: clause(Self.types),
            performers: clause(Self.performers),
            registeredPractices: clause(Self.practices)
        )
        return subscription
    }

    mutating func event() -> (VaccinationEvent, practice: String?) {
        let event = Self.event(
            number: number(0...4) == 0 ? nil : Self.patients.randomElement(using: &self),
            type: Self.types.sorted().randomElement(using: &self) ?? "",
            performer: (Self.performers.sorted() + ["other"]).randomElement(using: &self) ?? ""
        )
        return (event, number(0...3) == 0 ? nil : Self.practices.sorted().randomElement(using: &self))
    }

    /// No clause, or some of the values.
    private mutating func clause<Value: Hashable>(_ values: Set<Value>) -> Set<Value> {
        guard number(0...2) == 0 else { return [] }
        return values.filter { _ in number(0...1) == 0 }
    }
}
