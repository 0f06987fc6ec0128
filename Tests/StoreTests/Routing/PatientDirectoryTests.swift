import Events
import Foundation
import HeraldTestKit
import Operations
import Postgres
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

/// Routing with a directory outside of the database.
@Suite(.herald, .timeLimit(.minutes(1))) struct PatientDirectoryTests {
    /// Answers from a table, and not at all while it is away.
    private final class Directory: PatientDirectory {
        struct Away: Error {}

        let known = Mutex<[NHSNumber: PatientDetails]>([:])
        let isAway = Mutex(false)
        let silent = Mutex<Set<NHSNumber>>([])
        let asked = Mutex<[Set<NHSNumber>]>([])

        func details(of patients: Set<NHSNumber>) async throws -> [NHSNumber: PatientDetails] {
            asked.withLock { $0.append(patients) }
            if isAway.withLock(\.self) { throw Away() }
            let found = known.withLock { $0.filter { patients.contains($0.key) } }
            let missing = silent.withLock { $0.intersection(patients) }
            guard !missing.isEmpty else { return found }
            throw DirectoryIncomplete(
                known: found.filter { !missing.contains($0.key) },
                missing: missing,
                failed: missing,
                reason: "it is silent"
            )
        }
    }

    private func withDirectory(
        _ body: (PostgresStore, PostgresPool, Directory, _ practices: [SubscriptionID]) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore { _, pool in
            let directory = Directory()
            let store = PostgresStore(pool: pool, directory: directory)
            let practices = ["A00001", "B00002"].map { code in
                Subscription.sample(.gp, filter: SubscriptionFilter(registeredPractices: [code]))
            }
            for practice in practices { try await store.create(practice) }
            try await body(store, pool, directory, practices.map(\.id))
        }
    }

    @Test func thePracticeIsTheOneTheDirectorySays() async throws {
        try await withDirectory { store, pool, directory, practices in
            directory.known.withLock { $0 = [.sample(1): PatientDetails(practice: "A00001")] }
            // The table is not looked at.
            try await store.load(patients: [PatientRegistration(nhsNumber: .sample(1), practice: "B00002")])
            try await ChangeWriter(pool).write([SampleChange(1, patient: 1), SampleChange(2, patient: 2)])
            try await store.routeAll()
            #expect(try await store.progress(of: practices[0])?.lastNumber == 1)
            #expect(try await store.progress(of: practices[1])?.lastNumber == 0)
        }
    }

    /// Nothing is decided on a guess: the slice stays in the log until the directory answers.
    @Test func whileTheDirectoryIsAwayNothingIsRoutedAndThenEverything() async throws {
        try await withDirectory { store, pool, directory, practices in
            directory.known.withLock { $0 = [.sample(1): PatientDetails(practice: "A00001")] }
            directory.isAway.withLock { $0 = true }
            let log = EmbeddedEventLog(store: store, owner: UUID(), logger: .silent)
            try await running([Router(log: log, store: store, logger: .silent)]) {
                try await ChangeWriter(pool).write([SampleChange(1), SampleChange(2)])
                try await eventually { directory.asked.withLock(\.count) >= 3 }
                #expect(try await pool.count("SELECT count(*) FROM event") == 0)
                #expect(try await pool.count("SELECT count(*) FROM outbox") == 2)
                // No transaction is open while the directory is asked.
                #expect(
                    try await pool.count(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
                    ) == 0
                )
                directory.isAway.withLock { $0 = false }
                try await RoutingAudit(pool).waitUntilRouted()
            }
            try await RoutingAudit(pool).check()
            #expect(try await store.progress(of: practices[0])?.lastNumber == 2)
        }
    }

    /// Somebody the directory never answers for holds the slice up: an operator can see who, and say what counts.
    @Test func anOperatorAnswersForWhomTheDirectoryDoesNot() async throws {
        try await withDirectory { store, pool, directory, practices in
            directory.known.withLock {
                $0 = [.sample(1): PatientDetails(practice: "A00001"), .sample(2): PatientDetails(practice: "A00001")]
            }
            directory.silent.withLock { $0 = [.sample(2)] }
            try await ChangeWriter(pool).write([SampleChange(1, patient: 1), SampleChange(2, patient: 2)])
            for _ in 0..<2 { await #expect(throws: DirectoryIncomplete.self) { try await store.routeAll() } }
            let questions = try await store.directoryQuestions()
            #expect(questions.map(\.nhsNumber) == [NHSNumber.sample(2).digits])
            #expect(questions.first?.tries == 2)
            #expect(try await store.hubState().unanswered.count == 1)
            let waits = try await store.trace(.patient(.sample(2))).records.first?.changes.first?.waitsFor
            #expect(waits?.contains("silent") == true)
            #expect(try await store.trace(.patient(.sample(1))).records.first?.changes.first?.waitsFor == nil)

            #expect(try await !store.settle(.sample(1), practice: "B00002", isRestricted: false, by: "test"))
            #expect(try await store.settle(.sample(2), practice: "B00002", isRestricted: false, by: "test"))
            #expect(try await store.hubState().unanswered.count == 0)
            try await store.routeAll()
            #expect(try await store.progress(of: practices[0])?.lastNumber == 1)
            #expect(try await store.progress(of: practices[1])?.lastNumber == 1)

            // Its own answer counts as soon as there is one.
            directory.silent.withLock { $0 = [] }
            try await ChangeWriter(pool).write([SampleChange(3, patient: 2)])
            try await store.routeAll()
            #expect(try await store.progress(of: practices[0])?.lastNumber == 2)
            #expect(try await store.directoryQuestions().isEmpty)
        }
    }

    /// D-82: what a slice passes over may be about somebody nobody has asked about.
    @Test func patientsOfOvertakenChangesAreAskedAboutToo() async throws {
        try await withDirectory { store, pool, directory, practices in
            directory.known.withLock {
                $0 = [.sample(1): PatientDetails(practice: "A00001"), .sample(2): PatientDetails(practice: "B00002")]
            }
            try await ChangeWriter(pool).write([SampleChange(1, patient: 2)])
            try await ChangeWriter(pool).write([SampleChange(1, patient: 1)])
            let events = try await store.waitingEvents(in: PostgresStore.allShards, limit: 10).map(\.event)
            let epoch = try await store.claim(topic: "t", partitions: [0], initial: 0)[0].epoch
            let position = LogPosition.partition(topic: "t", partition: 0, epoch: epoch, first: 0, next: 1)
            #expect(try await store.route(EventSlice(events: [events[1]], position: position)) == .committed)
            #expect(directory.asked.withLock(\.self) == [[.sample(1)], [.sample(1), .sample(2)]])
            #expect(try await pool.count("SELECT count(*) FROM event") == 2)
            // The other practice heard of the record, and that it is gone.
            #expect(try await store.progress(of: practices[1])?.lastNumber == 2)
            #expect(try await store.progress(of: practices[0])?.lastNumber == 1)
        }
    }
}
