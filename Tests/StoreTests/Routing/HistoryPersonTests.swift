import HeraldTestKit
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

@testable import Events

/// What the patient directory knows for the history: which numbers are one person's, and what may be shown of them.
@Suite(.herald, .timeLimit(.minutes(1))) struct HistoryPersonTests {
    private func registration(_ number: Int, by next: Int? = nil, _ code: Confidentiality? = nil) -> PatientRegistration
    {
        PatientRegistration(
            nhsNumber: .sample(number),
            practice: nil,
            confidentiality: code,
            supersededBy: next.map { .sample($0) }
        )
    }

    ///
    @Test func whoIsNotInTheDirectoryIsUnrestricted() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let person = try await store.person(.sample(1))
            #expect(person == HistoryPerson(current: .sample(1)))
        }
    }

    ///
    @Test func everyNumberOfAPersonLeadsToAll() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.load(patients: [
                registration(1, by: 2), registration(2, by: 3), registration(4, by: 3), registration(5, by: 6),
            ])
            let person = HistoryPerson(current: .sample(3), formerly: [.sample(1), .sample(2), .sample(4)])
            for number in 1...4 { #expect(try await store.person(.sample(number)) == person) }
            #expect(try await store.person(.sample(6)).numbers == [.sample(5), .sample(6)])
        }
    }

    @Test func aCircleEnds() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.load(patients: [registration(1, by: 2), registration(2, by: 1)])
            #expect(try await store.person(.sample(1)).numbers == [.sample(1), .sample(2)])
        }
    }

    /// the strictest code of the person counts, and the older flag S is the same marker.
    @Test func theStrictestCodeCounts() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.load(patients: [
                registration(1, by: 2, .veryRestricted), registration(2, .unrestricted),
                PatientRegistration(nhsNumber: .sample(3), practice: nil, flag: .sensitive),
                PatientRegistration(nhsNumber: .sample(4), practice: nil, flag: .invalid),
            ])
            #expect(try await store.person(.sample(2)).confidentiality == .veryRestricted)
            #expect(try await store.person(.sample(3)).confidentiality == .restricted)
            #expect(try await store.person(.sample(4)).confidentiality == .invalidated)
        }
    }

    /// A file without the columns leaves both as they are.
    @Test func aFileWithoutTheColumnsChangesNothing() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await store.load(patients: [registration(1, by: 2, .restricted)])
            try await store.load(
                patients: [PatientRegistration(nhsNumber: .sample(1), practice: "A00001")],
                columns: [.practice]
            )
            let person = try await store.person(.sample(1))
            #expect(person == HistoryPerson(current: .sample(2), formerly: [.sample(1)], confidentiality: .restricted))
        }
    }

    /// what the Personal Demographics Service says while events are routed is kept for the history.
    @Test func whatAnOutsideDirectorySaysIsKept() async throws {
        final class Directory: PatientDirectory {
            let known = Mutex<[NHSNumber: PatientDetails]>([:])
            func details(of patients: Set<NHSNumber>) async throws -> [NHSNumber: PatientDetails] {
                known.withLock { $0.filter { patients.contains($0.key) } }
            }
        }
        try await ScratchDatabase.withStore { _, pool in
            let directory = Directory()
            let store = PostgresStore(pool: pool, directory: directory)
            directory.known.withLock {
                $0 = [
                    .sample(1): PatientDetails(confidentiality: .restricted, supersededBy: .sample(9)),
                    .sample(2): PatientDetails(practice: "A00001"),
                ]
            }
            try await ChangeWriter(pool).write([SampleChange(1, patient: 1), SampleChange(2, patient: 2)])
            try await store.routeAll()
            let person = HistoryPerson(current: .sample(9), formerly: [.sample(1)], confidentiality: .restricted)
            #expect(try await store.person(.sample(9)) == person)
            // Who is unrestricted costs no row.
            #expect(try await pool.count("SELECT count(*) FROM patient") == 1)
            directory.known.withLock { $0[.sample(1)] = PatientDetails() }
            try await ChangeWriter(pool).write([SampleChange(1, patient: 1)])
            try await store.routeAll()
            #expect(try await store.person(.sample(1)) == HistoryPerson(current: .sample(1)))
        }
    }
}
