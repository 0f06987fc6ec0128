import Events
import Foundation
import Store
import Vaccination

extension MatchBench {
    /// A number of subscriptions, in a database of its own, and the events that meet them.
    struct Side {
        let store: PostgresStore
        /// Whom the events are about.
        let patients: [Int64]
        /// Where they were vaccinated.
        let performer: String
        private var matching: [Duration] = []
        private var lookingUp: [Duration] = []
        private var counting: [Duration] = []
        private var matches = 0
        private var firstSlice = Duration.zero
        private var rulesBytes = 0

        init(store: PostgresStore, patients: [Int64], performer: String) {
            self.store = store
            self.patients = patients
            self.performer = performer
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
            let matched = ContinuousClock.now
            // As a router asks for them: each patient once.
            let numbers = Array(Set(events.compactMap { $0.attributes.nhsNumber.map { Int64($0.value) } }))
            let asked = ContinuousClock.now
            try await store.lookUpSubscriptions(naming: numbers)
            let lookedUp = ContinuousClock.now
            try await store.countPatients(numbers)
            guard isMeasured else { return }
            matching.append(matched - start)
            lookingUp.append(lookedUp - asked)
            counting.append(ContinuousClock.now - lookedUp)
            matches += found.reduce(0) { $0 + $1.count }
        }

        var figures: Figures {
            let perEvent = Self.median(matching)
            return Figures(
                matchesPerEvent: MatchBench.ratio(matches, matching.count * MatchBench.slice),
                eventsPerSecond: 1_000_000_000 / max(perEvent, 1),
                nanosecondsPerEvent: perEvent,
                lookUpNanosecondsPerEvent: Self.median(lookingUp),
                countNanosecondsPerEvent: Self.median(counting),
                firstSliceMilliseconds: Int(firstSlice / .milliseconds(1)),
                rulesBytes: rulesBytes
            )
        }

        private func slice(_ random: inout SampleRandom) -> [VaccinationEvent] {
            (0..<MatchBench.slice).map { _ in event(random.pick(patients)) }
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
                    performer: performer,
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
