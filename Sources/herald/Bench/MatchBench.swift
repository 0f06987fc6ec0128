import Events
import Foundation
import Store
import Vaccination

/// Matching as a router does it, against many subscriptions and against a hundred.
struct MatchBench {
    /// The figures of some events and the subscriptions they met.
    struct Figures: Encodable {
        let matchesPerEvent: Double
        let eventsPerSecond: Int
        /// Everything: generation, subscriptions, directory, filters.
        let nanosecondsPerEvent: Int
        /// What PostgreSQL alone needs to find the subscriptions that name the patients, with the way there and back.
        let lookUpNanosecondsPerEvent: Int
        /// What PostgreSQL needs to count as many patients by their key in the directory, with the way there and back: a
        /// table of the same size on all sides, so it shows what finding the patients of these events costs anybody.
        let countNanosecondsPerEvent: Int
        /// Milliseconds until the first slice is matched by a router that knows nothing yet.
        let firstSliceMilliseconds: Int
        /// Bytes in memory that the first slice added: the rules.
        let rulesBytes: Int
    }

    struct Report: Encodable {
        let bench = "match"
        let events: Int
        let sliceEvents = MatchBench.slice
        let patientSubscriptions, ruleSubscriptions: Int
        /// Many subscriptions, and a hundred of which each event meets as many: the same events about all patients.
        let many, few: Figures
        /// A hundred subscriptions and events about the patients they name: a slice has some fifty patients, and not five
        /// hundred, so there is less to look up whatever the number of subscriptions.
        let fewPatients: Figures
        /// A bare look-up in a hash table of as many patients, in this process.
        let limitNanosecondsPerLookUp: Int
        /// Time per event against the limit.
        let ratioToLimit: Double
        /// Time per event with many subscriptions against that with a hundred; the goal is 2 at most.
        let ratioToFew, ratioToFewPatients: Double
        /// Bytes of this process in memory after matching, and at the most; the goal is 500 MB.
        let residentBytes, peakBytes: Int
    }

    static let slice = 500
    private static let warmUp = 20_000
    private static let fewEach = 50
    /// Who gave the vaccines to those that only rules by performer wait for.
    private static let performer = "RVVKC"

    let many, few: PostgresStore
    let events: Int

    func run(patients: Int, rules: Int) async throws -> Report {
        let numbers = BenchNumbers.make(patients)
        try await self.many.makeSubscriptions(naming: numbers, practices: rules, performers: [])
        // An event of anybody meets two of a hundred, and so does one of the patients whose practices have a rule.
        let performers = [Self.performer, Self.performer]
        let practices = Self.fewEach - performers.count
        try await self.few.makeSubscriptions(
            naming: Array(numbers.prefix(Self.fewEach)),
            practices: practices,
            performers: performers
        )
        // The same directory in both, so that the difference is that of the subscriptions.
        for store in [self.few, self.many] { try await store.register(numbers, rules: rules) }
        var many = Side(store: self.many, patients: numbers, performer: Self.performer)
        var few = Side(store: self.few, patients: numbers, performer: Self.performer)
        var fewPatients = Side(store: self.few, patients: Array(numbers.prefix(practices)), performer: "elsewhere")
        try await few.start()
        try await many.start()
        var random = SampleRandom(seed: 7)
        for round in 0..<(Self.warmUp + events) / Self.slice {
            let isMeasured = round >= Self.warmUp / Self.slice
            try await few.match(&random, isMeasured)
            try await fewPatients.match(&random, isMeasured)
            try await many.match(&random, isMeasured)
        }
        let (resident, peak) = (ProcessMemory.resident ?? 0, ProcessMemory.peak ?? 0)
        let limit = hashLookUp(numbers)
        return Report(
            events: events,
            patientSubscriptions: patients,
            ruleSubscriptions: rules,
            many: many.figures,
            few: few.figures,
            fewPatients: fewPatients.figures,
            limitNanosecondsPerLookUp: limit,
            ratioToLimit: Self.ratio(many.figures.nanosecondsPerEvent, limit),
            ratioToFew: Self.ratio(many.figures.nanosecondsPerEvent, few.figures.nanosecondsPerEvent),
            ratioToFewPatients: Self.ratio(many.figures.nanosecondsPerEvent, fewPatients.figures.nanosecondsPerEvent),
            residentBytes: resident,
            peakBytes: peak
        )
    }

    private func hashLookUp(_ numbers: [Int64]) -> Int {
        let table = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { (UInt64($1), Int32($0)) })
        var random = SampleRandom(seed: 11)
        let keys = (0..<1_000_000).map { _ in UInt64(random.pick(numbers)) }
        var sum = 0
        let elapsed = ContinuousClock().measure {
            for key in keys { sum &+= Int(table[key] ?? 0) }
        }
        // The sum is used, or the loop would not have to run.
        return sum == .min ? 0 : Int(elapsed / .nanoseconds(1)) / keys.count
    }

    static func ratio(_ value: Int, _ other: Int) -> Double {
        (Double(value) / Double(max(other, 1)) * 100).rounded() / 100
    }
}
