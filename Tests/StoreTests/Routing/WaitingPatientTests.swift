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

/// gp-digital-medicine.md §10: patients without a practice.
@Suite(.herald, .timeLimit(.minutes(1))) struct WaitingPatientTests {
    private func withPractices(
        _ body: (PostgresStore, PostgresPool, _ practices: [SubscriptionID], _ nis: SubscriptionID) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore { store, pool in
            let practices = ["A00001", "B00002"].map { code in
                Subscription.sample(.gp, filter: SubscriptionFilter(registeredPractices: [code]))
            }
            let nis = Subscription.sample()
            for subscription in practices + [nis] { try await store.create(subscription) }
            try await body(store, pool, practices.map(\.id), nis.id)
        }
    }

    private func numbers(_ store: PostgresStore, _ ids: [SubscriptionID]) async throws -> [Int64] {
        var numbers: [Int64] = []
        for id in ids { numbers.append(try #require(try await store.progress(of: id)).lastNumber) }
        return numbers
    }

    private func register(_ store: PostgresStore, _ patient: Int, at practice: String?) async throws {
        try await store.load(
            patients: [PatientRegistration(nhsNumber: .sample(patient), practice: practice)],
            columns: [.practice]
        )
    }

    private func day(_ number: Double) -> Date { Date() + number * 86_400 }

    // TG-09: nobody's practice: not sent, and all others are served; it appears on day 3: sent once.
    @Test func aPracticeThatAppearsOnDayThreeIsToldOnce() async throws {
        try await withPractices { store, pool, practices, nis in
            try await register(store, 1, at: nil)
            try await ChangeWriter(pool).write([SampleChange(1, patient: 1), SampleChange(2, patient: 2)])
            try await store.routeAll()
            #expect(try await numbers(store, practices + [nis]) == [0, 0, 2])
            #expect(Set(try await store.waitingRecords().map(\.state)) == ["no-gp", "not-traced"])
            #expect(try await store.hubState().waitingPatients.map(\.count) == [1, 1])
            #expect(try await store.askForPractices(limit: 10, at: day(0)) == WaitingOutcome())
            for number in [1.1, 2.2] {
                #expect(try await store.askForPractices(limit: 10, at: day(number)) == WaitingOutcome(asked: 2))
            }
            // The table is written beside the hub, so that only the schedule finds it.
            try await pool.query("UPDATE patient SET practice = 'A00001'")
            #expect(try await store.askForPractices(limit: 10, at: day(3.3)) == WaitingOutcome(asked: 2, released: 1))
            #expect(try await numbers(store, practices + [nis]) == [1, 0, 2])
            #expect(try await store.waitingRecords().map(\.state) == ["not-traced"])
            #expect(try await store.askForPractices(limit: 10, at: day(4.4)) == WaitingOutcome(asked: 1))
            #expect(try await numbers(store, practices + [nis]) == [1, 0, 2])
            #expect(try await pool.count("SELECT count(*) FROM event WHERE practice = 'A00001' AND matches = 2") == 1)
        }
    }

    // §10: at once when the directory has news; only the newest change goes, and a later correction is a correction.
    @Test func theNewestChangeGoesAtOnceWhenThePatientIsLoaded() async throws {
        try await withPractices { store, pool, practices, _ in
            for _ in 0..<3 {
                try await ChangeWriter(pool).write([SampleChange(1)])
                try await store.routeAll()
            }
            try await register(store, 1, at: "B00002")
            #expect(try await store.askForPractices(limit: 10, at: Date() + 1).released == 1)
            #expect(try await numbers(store, practices) == [0, 1])
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            let shapes = try await pool.query(
                "SELECT change, shape FROM subscription_event WHERE subscription_id = $1 ORDER BY number",
                [.uuid(practices[1].uuid)]
            )
            #expect(try shapes.map { try $0.decode("change", as: Int32.self) } == [3, 4])
            #expect(try shapes.map { try $0.decode("shape", as: Int16.self) } == [1, 2])
            #expect(try await store.waitingRecords().isEmpty)
        }
    }

    // §10: nothing for a withdrawn record nobody holds; who holds it hears of its removal.
    @Test func aRemovedRecordIsNoLongerWaitedFor() async throws {
        try await withPractices { store, pool, practices, _ in
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            try await ChangeWriter(pool).write([SampleChange(1, removes: true)])
            try await store.routeAll()
            #expect(try await store.askForPractices(limit: 10, at: Date() + 1) == WaitingOutcome(asked: 1))
            #expect(try await store.waitingRecords().isEmpty)
            try await register(store, 1, at: "A00001")
            #expect(try await store.askForPractices(limit: 10, at: day(9)) == WaitingOutcome())
            #expect(try await numbers(store, practices) == [0, 0])
        }
    }

    // A practice that got the record by a correction in between gets nothing twice.
    @Test func whatThePracticeHasIsNotSentAgain() async throws {
        try await withPractices { store, pool, practices, _ in
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            try await register(store, 1, at: "A00001")
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            #expect(try await numbers(store, practices) == [1, 0])
            #expect(try await store.askForPractices(limit: 10, at: day(1)) == WaitingOutcome())
            #expect(try await numbers(store, practices) == [1, 0])
        }
    }

    // §10: daily for 7 days, weekly to day 90, then closed; and still released when the directory is loaded.
    @Test func theDirectoryIsAskedBySchedule() async throws {
        try await withPractices { store, pool, practices, _ in
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            var asked: [Int] = []
            for number in 1...130 {
                let outcome = try await store.askForPractices(
                    limit: 10,
                    at: day(Double(number) + 0.001 * Double(number))
                )
                if outcome.asked > 0 { asked.append(number) }
            }
            #expect(asked.prefix(8) == [1, 2, 3, 4, 5, 6, 7, 14])
            #expect(asked.count == 19)
            #expect(try await store.waitingRecords().map(\.state) == ["no-gp-final"])
            try await register(store, 1, at: "A00001")
            #expect(try await store.askForPractices(limit: 10, at: Date() + 1).released == 1)
            #expect(try await numbers(store, practices) == [1, 0])
        }
    }

    // §10: a practice that nobody has loaded has no lane; restricted patients are told to nobody.
    @Test func whoHasNoLaneGoesOnWaiting() async throws {
        try await withPractices { store, pool, practices, _ in
            try await ChangeWriter(pool).write([SampleChange(1, patient: 1), SampleChange(2, patient: 2)])
            try await store.routeAll()
            try await register(store, 1, at: "C00003")
            try await store.load(
                patients: [PatientRegistration(nhsNumber: .sample(2), practice: "A00001", flag: .sensitive)],
                columns: [.practice, .flag]
            )
            #expect(try await store.askForPractices(limit: 10, at: Date() + 1) == WaitingOutcome(asked: 2))
            #expect(Set(try await store.waitingRecords().map(\.state)) == ["no-mailbox", "no-gp"])
            #expect(try await numbers(store, practices) == [0, 0])
        }
    }

    // An installation without practices keeps no list of patients without one.
    @Test func withoutPracticesNobodyWaits() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            #expect(try await store.waitingRecords().isEmpty)
        }
    }

    // The service finds by itself what the directory has learnt.
    @Test func theServiceReleasesWhatCanGo() async throws {
        try await withPractices { store, pool, practices, _ in
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            let rung = Mutex(0)
            let service = WaitingPatients(
                store: store,
                pause: .milliseconds(20),
                now: { Date() + 1 },
                logger: .silent,
                onReleased: { rung.withLock { $0 += 1 } }
            )
            try await running([service]) {
                try await register(store, 1, at: "A00001")
                try await eventually { rung.withLock(\.self) == 1 }
            }
            #expect(try await numbers(store, practices) == [1, 0])
        }
    }
}
