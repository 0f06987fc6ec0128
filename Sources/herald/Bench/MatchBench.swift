import Events
import Foundation
import Store
import Vaccination

/// Matching as a router does it, against many subscriptions and against a hundred.
struct MatchBench {
    /// The figures of one number of subscriptions.
    struct Figures: Encodable {
        let patientSubscriptions, ruleSubscriptions: Int
        let matchesPerEvent: Double
        let eventsPerSecond: Int
        /// Everything: generation, subscriptions, directory, filters.
        let nanosecondsPerEvent: Int
        /// What PostgreSQL alone needs to find the subscriptions that name the patients, with the way there and back.
        let lookUpNanosecondsPerEvent: Int
        /// Milliseconds until the first slice is matched by a router that knows nothing yet.
        let firstSliceMilliseconds: Int
        /// Bytes in memory that the first slice added: the rules.
        let rulesBytes: Int
    }

    struct Report: Encodable {
        let bench = "match"
        let events: Int
        let sliceEvents = MatchBench.slice
        let many, few: Figures
        /// A bare look-up in a hash table of as many patients, in this process.
        let limitNanosecondsPerLookUp: Int
        /// Time per event against the limit.
        let ratioToLimit: Double
        /// Time per event with many subscriptions against that with a hundred; the goal is 2 at most.
        let ratioToFew: Double
        /// Bytes of this process in memory after matching, and at the most; the goal is 500 MB.
        let residentBytes, peakBytes: Int
    }

    static let slice = 500
    private static let warmUp = 20_000
    private static let fewEach = 50

    let many, few: PostgresStore
    let events: Int

    func run(patients: Int, rules: Int) async throws -> Report {
        let numbers = BenchNumbers.make(patients)
        var many = Side(store: many, numbers: numbers, rules: rules)
        var few = Side(store: few, numbers: Array(numbers.prefix(Self.fewEach)), rules: Self.fewEach)
        for side in [few, many] {
            try await side.store.makeSubscriptions(naming: side.numbers, rules: side.rules)
            // The same directory in both, so that the difference is that of the subscriptions.
            try await side.store.register(numbers, rules: rules)
        }
        try await few.start()
        try await many.start()
        var random = SampleRandom(seed: 7)
        for round in 0..<(Self.warmUp + events) / Self.slice {
            let isMeasured = round >= Self.warmUp / Self.slice
            try await few.match(&random, isMeasured)
            try await many.match(&random, isMeasured)
        }
        let (resident, peak) = (ProcessMemory.resident ?? 0, ProcessMemory.peak ?? 0)
        let limit = hashLookUp(numbers)
        return Report(
            events: events,
            many: many.figures,
            few: few.figures,
            limitNanosecondsPerLookUp: limit,
            ratioToLimit: Self.ratio(many.figures.nanosecondsPerEvent, limit),
            ratioToFew: Self.ratio(many.figures.nanosecondsPerEvent, few.figures.nanosecondsPerEvent),
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
