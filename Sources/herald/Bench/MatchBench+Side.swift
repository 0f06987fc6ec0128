import Events
import Foundation
import Store
import Vaccination

extension MatchBench {
    /// One number of subscriptions, in a database of its own.
    struct Side {
        let store: PostgresStore
        /// The patients that are named; events are about them.
        let numbers: [Int64]
        let rules: Int
        private var matching: [Duration] = []
        private var lookingUp: [Duration] = []
        private var matches = 0
        private var firstSlice = Duration.zero
        private var rulesBytes = 0

        init(store: PostgresStore, numbers: [Int64], rules: Int) {
            self.store = store
            self.numbers = numbers
            self.rules = rules
        }

        /// Matches the first slice: the rules are read.
        mutating func start() async throws {
            var random = SampleRandom(seed: 5)
            let before = ProcessMemory.resident ?? 0
            let events = slice(&random)
            let start = ContinuousClock.now
            _ = try await store.matches(of: events)
            firstSlice = ContinuousClock.now - start
            rulesBytes = (ProcessMemory.resident ?? 0) - before
        }

        /// Matches a slice of events about patients at random.
        mutating func match(_ random: inout SampleRandom, _ isMeasured: Bool) async throws {
            let events = slice(&random)
            let start = ContinuousClock.now
            let found = try await store.matches(of: events)
            let middle = ContinuousClock.now
            try await store.lookUpSubscriptions(
                naming: events.compactMap { $0.attributes.nhsNumber.map { Int64($0.value) } }
            )
            guard isMeasured else { return }
            matching.append(middle - start)
            lookingUp.append(ContinuousClock.now - middle)
            matches += found.reduce(0) { $0 + $1.count }
        }

        var figures: Figures {
            let perEvent = Self.median(matching)
            return Figures(
                patientSubscriptions: numbers.count,
                ruleSubscriptions: rules,
                matchesPerEvent: MatchBench.ratio(matches, matching.count * MatchBench.slice),
                eventsPerSecond: 1_000_000_000 / max(perEvent, 1),
                nanosecondsPerEvent: perEvent,
                lookUpNanosecondsPerEvent: Self.median(lookingUp),
                firstSliceMilliseconds: Int(firstSlice / .milliseconds(1)),
                rulesBytes: rulesBytes
            )
        }

        private func slice(_ random: inout SampleRandom) -> [VaccinationEvent] {
            (0..<MatchBench.slice).map { _ in event(random.pick(numbers)) }
        }

        private func event(_ number: Int64) -> VaccinationEvent {
            VaccinationEvent(
                kind: .recorded,
                recordID: RecordID(UUID()),
                change: 1,
                version: 1,
                committedAt: Date(timeIntervalSince1970: 1_760_000_000),
                attributes: EventAttributes(
                    nhsNumber: NHSNumber(BenchNumbers.text(number)),
                    vaccineType: "FLU",
                    performer: "RVVKC",
                    supplier: "EMIS"
                )
            )
        }

        /// Nanoseconds an event, of the slice in the middle.
        private static func median(_ slices: [Duration]) -> Int {
            let middle = slices.sorted().dropFirst(slices.count / 2).first ?? .zero
            return Int(middle / .nanoseconds(1)) / MatchBench.slice
        }
    }
}
