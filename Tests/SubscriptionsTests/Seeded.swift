import Events
import FHIR
import Foundation
import Subscriptions
import Vaccination

/// Subscriptions and events over few values, so that they meet; the same for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    static let patients = ["9990548609", "9990000018", "9990000026"].compactMap { NHSNumber($0) }
    static let postcodes = ["LS1 4AP", "LS12 3CD", "L1 8JQ", "EX1 1AA"].compactMap { Postcode($0) }

    /// What filters ask for in each clause; events have these and others.
    static func values(of clause: FilterClause) -> [String] {
        switch clause {
        case .registeredPractices: ["A00001", "B00002", "C00003"]
        case .performers: ["RVVKC", "RJ1", "X99999"]
        case .products: ["34680411000001107", "39375411000001104"]
        case .homeAuthorities: ["716", "413"]
        case .practiceSubLocations, .homeSubLocations: ["99L", "99M"]
        case .postcodeAreas: ["LS", "LS1", "LS12", "L", "L1", "EX"]
        case .suppliers: ["EMIS", "TPP"]
        case .procedures: ["822851000000102", "1324681000000101"]
        case .vaccineTypes: ["FLU", "MMR", "COVID"]
        case .targetDiseases: ["6142004", "14189004", "36989005"]
        case .homeCountries: ["E92000001", "W92000004"]
        case .statuses: ["completed", "not-done", "entered-in-error"]
        }
    }

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

    static func event(
        number: NHSNumber? = patients[0],
        type: String = "FLU",
        performer: String = "RVVKC",
        kind: EventKind = .recorded,
        facts: VaccinationFacts? = nil,
        committedAt: Date = Date(timeIntervalSince1970: 0)
    ) -> VaccinationEvent {
        VaccinationEvent(
            kind: kind,
            recordID: RecordID(RecordIdentifier(system: "s", value: "v")),
            change: 1,
            version: 1,
            committedAt: committedAt,
            attributes: EventAttributes(
                nhsNumber: number,
                vaccineType: type,
                performer: performer,
                supplier: "EMIS",
                facts: facts
            )
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

    mutating func chance(_ one: Int) -> Bool { number(1...one) == 1 }

    mutating func day(_ years: ClosedRange<Int>) -> CivilDate {
        CivilDate(daysSince1970: Int32(number((years.lowerBound - 1970) * 365...(years.upperBound - 1970) * 365)))
    }

    mutating func subscription() -> Subscription {
        var subscription = Self.blank
        subscription.audience = chance(6) ? .nis : .subscriber
        subscription.status = [.active, .active, .active, .error, .off, .requested][number(0...5)]
        subscription.activatedAt = number(0...2) == 0 ? nil : subscription.createdAt
        subscription.offBy = [nil, .client, .end, .server][number(0...3)]
        subscription.filter = filter()
        return subscription
    }

    mutating func filter() -> SubscriptionFilter {
        var filter = SubscriptionFilter()
        if chance(4) { filter.patients = Set(Self.patients.filter { _ in chance(2) }) }
        for clause in FilterClause.allCases where chance(10) {
            filter[clause] = Set(Self.values(of: clause).filter { _ in chance(2) })
        }
        if chance(10) { filter.registration = chance(2) ? .registered : .unregistered }
        if chance(10) { filter.kinds = Set(EventKind.allCases.filter { _ in chance(2) }) }
        if chance(10) { filter.ages = [years(), years()] }
        if chance(10) { filter.vaccinationAges = [years()] }
        if chance(10), let days = Bounds(from: day(2010...2020), through: chance(2) ? day(2020...2026) : nil) {
            filter.days = [days]
        }
        return filter
    }

    private mutating func years() -> Bounds<Int> {
        let from = number(0...60)
        let bounds = Bounds(from: chance(3) ? nil : from, through: chance(3) ? nil : from + number(0...40))
        return bounds ?? years()
    }

    mutating func event() -> VaccinationEvent {
        var event = Self.event(
            number: chance(5) ? nil : Self.patients.randomElement(using: &self),
            type: one(of: .vaccineTypes) ?? "OTHER",
            performer: one(of: .performers) ?? "other",
            kind: EventKind.allCases.randomElement(using: &self) ?? .recorded,
            committedAt: Date(timeIntervalSince1970: Double(number(1_500_000_000...1_700_000_000)))
        )
        event.attributes.supplier = one(of: .suppliers) ?? "OTHER"
        event.attributes.facts = VaccinationFacts(
            status: one(of: .statuses) ?? "",
            targetDiseases: some(of: .targetDiseases),
            procedures: some(of: .procedures),
            products: some(of: .products),
            day: chance(5) ? nil : day(2010...2026),
            birthDate: chance(5) ? nil : day(1940...2020)
        )
        return event
    }

    mutating func patient() -> PatientDetails? {
        if chance(8) { return nil }
        return PatientDetails(
            practice: one(of: .registeredPractices),
            birthDate: chance(3) ? day(1940...2020) : nil,
            postcode: chance(4) ? nil : Self.postcodes.randomElement(using: &self),
            isRestricted: chance(10),
            geography: PatientGeography(
                practiceSubLocation: one(of: .practiceSubLocations),
                homeSubLocation: one(of: .homeSubLocations),
                homeAuthority: one(of: .homeAuthorities),
                homeCountry: one(of: .homeCountries)
            )
        )
    }

    private mutating func one(of clause: FilterClause) -> String? {
        chance(5) ? nil : Self.values(of: clause).randomElement(using: &self)
    }

    private mutating func some(of clause: FilterClause) -> [String] {
        Self.values(of: clause).filter { _ in chance(2) }
    }
}
