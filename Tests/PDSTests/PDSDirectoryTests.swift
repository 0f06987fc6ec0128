import Events
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import Synchronization
import Testing
import Vaccination

@testable import PDS

@Suite(.timeLimit(.minutes(1))) struct PDSDirectoryTests {
    private let pds = SamplePDS()
    private let one = NHSNumber.sample(1)
    private let two = NHSNumber.sample(2)

    @Test func practiceHomeAndBirthDateAreThoseOfToday() async throws {
        pds.set(one, .init(body: SamplePDS.patient(one)))
        pds.set(two, .init(body: SamplePDS.patient(two, practice: nil)))
        try await pds.withDirectory({ $0.token = .fixed("secret") }) { [pds, one, two] directory in
            let found = try await directory.details(of: [one, two, .sample(3)])
            let birthDate = CivilDate(year: 2010, month: 10, day: 22)
            let home = Postcode("LS1 6AE")
            #expect(
                found == [
                    one: PatientDetails(practice: "A00001", birthDate: birthDate, postcode: home),
                    two: PatientDetails(birthDate: birthDate, postcode: home),
                ]
            )
            #expect(pds.lastHeaders[.authorization] == "Bearer secret")
            let id = pds.lastHeaders[HTTPField.Name("X-Request-ID")!]
            #expect(id.flatMap { UUID(uuidString: $0) } != nil)
        }
    }

    @Test(arguments: ["R", "V", "REDACTED", "N"])
    func whoIsNotUnrestrictedIsRestricted(_ code: String) async throws {
        pds.set(one, .init(body: SamplePDS.patient(one, security: code)))
        try await pds.withDirectory { [one] directory in
            let found = try await directory.details(of: [one])[one]
            #expect(found?.isRestricted == true)
        }
    }

    /// Q-64, Q-90: what the history needs to know is part of the answer.
    @Test func aSupersededNumberIsAnsweredWithTheOneThatCounts() async throws {
        pds.set(one, .init(body: SamplePDS.patient(two, security: "R")))
        pds.set(two, .init(body: SamplePDS.patient(two)))
        try await pds.withDirectory { [one, two] directory in
            let found = try await directory.details(of: [one, two])
            #expect(found[one]?.supersededBy == two)
            #expect(found[one]?.confidentiality == .restricted)
            #expect(found[two]?.supersededBy == nil)
            #expect(found[two]?.confidentiality == .unrestricted)
        }
    }

    @Test func anInvalidatedRecordIsRestricted() async throws {
        pds.set(one, .init(status: .notFound, body: SamplePDS.outcome("INVALIDATED_RESOURCE")))
        try await pds.withDirectory { [one] directory in
            let found = try await directory.details(of: [one])
            #expect(found == [one: PatientDetails(isRestricted: true, confidentiality: .invalidated)])
        }
    }

    @Test func aRegistrationThatHasEndedCountsNoMore() async throws {
        pds.set(one, .init(body: SamplePDS.patient(one, period: #","end":"2024-12-31""#)))
        try await pds.withDirectory { [one] directory in
            let found = try await directory.details(of: [one])[one]
            #expect(found?.practice == nil)
        }
    }

    @Test func answersAreKeptThoseThatNobodyIsKnownToo() async throws {
        pds.set(one, .init(body: SamplePDS.patient(one)))
        try await pds.withDirectory { [pds, one, two] directory in
            for _ in 0..<3 {
                let found = try await directory.details(of: [one, two])
                #expect(found.count == 1)
            }
            #expect(pds.asked.sorted() == [one.digits, two.digits].sorted())
        }
    }

    @Test func answersThatAreTooOldAreAskedForAgain() async throws {
        pds.set(one, .init(body: SamplePDS.patient(one)))
        try await pds.withDirectory({ $0.timeToLive = .zero }) { [pds, one] directory in
            _ = try await directory.details(of: [one])
            pds.set(one, .init(body: SamplePDS.patient(one, practice: "B00002")))
            let found = try await directory.details(of: [one])[one]
            #expect(found?.practice == "B00002")
            #expect(pds.asked.count == 2)
        }
    }

    @Test func ofOnePatientOneRequestIsInFlight() async throws {
        pds.set(one, .init(body: SamplePDS.patient(one)))
        pds.delay.withLock { $0 = .milliseconds(200) }
        try await pds.withDirectory { [pds, one] directory in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await directory.details(of: [one]).count } }
                for try await count in group { #expect(count == 1) }
            }
            #expect(pds.asked.count == 1)
        }
    }

    /// Nothing is decided on what cannot be relied on, and what was answered is not asked again.
    @Test(arguments: [
        SamplePDS.Answer(status: .serviceUnavailable, body: ""),
        .init(status: .tooManyRequests, body: "", retryAfter: 1),
        .init(status: .unauthorized, body: ""), .init(status: .notFound, body: "<html>no such page</html>"),
        .init(body: "{}"), .init(body: "<html>"), .init(status: .movedPermanently, body: ""),
    ])
    func anOutageIsAnErrorAndLeavesTheServiceAloneForAWhile(_ answer: SamplePDS.Answer) async throws {
        pds.set(one, .init(body: SamplePDS.patient(one)))
        try await pds.withDirectory { [pds, one, two] directory in
            _ = try await directory.details(of: [one])
            pds.outage.withLock { $0 = answer }
            await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: [one, two]) }
            // Nobody else is asked about now, but what is known is known.
            await #expect(throws: DirectoryIncomplete.self) {
                try await directory.details(of: [.sample(3), .sample(4)])
            }
            #expect(pds.asked.count == 2)
            #expect(try await directory.details(of: [one]).count == 1)

            pds.outage.withLock { $0 = nil }
            try await eventually { (try? await directory.details(of: [one, two])) != nil }
        }
    }

    @Test func aServiceThatDoesNotAnswerIsGivenUpInTime() async throws {
        pds.delay.withLock { $0 = .seconds(5) }
        try await pds.withDirectory({ $0.timeout = .milliseconds(300) }) { [one] directory in
            let start = ContinuousClock.now
            await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: [one]) }
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    /// The rate is kept, and each try gets further.
    @Test func aSliceOfManyPatientsIsAnsweredInSeveralTries() async throws {
        let patients = Set((1...30).map { NHSNumber.sample($0) })
        for patient in patients { pds.set(patient, .init(body: SamplePDS.patient(patient))) }
        try await pds.withDirectory({
            $0.rate = 50
            $0.patience = .milliseconds(200)
        }) { [pds] directory in
            let start = ContinuousClock.now
            await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: patients) }
            try await eventually { (try? await directory.details(of: patients))?.count == 30 }
            // The thirtieth may go after 29 intervals of 20 ms.
            #expect(ContinuousClock.now - start >= .milliseconds(570))
            #expect(Set(pds.asked).count == 30)
            #expect(pds.asked.count == 30)
        }
    }

    @Test func theTokenFileIsReadForEveryRequest() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await pds.withDirectory({ $0.token = .file(path: path) }) { [pds, one, two] directory in
            try Data("first\n".utf8).write(to: URL(fileURLWithPath: path))
            _ = try await directory.details(of: [one])
            #expect(pds.lastHeaders[.authorization] == "Bearer first")
            try Data("second\n".utf8).write(to: URL(fileURLWithPath: path))
            _ = try await directory.details(of: [two])
            #expect(pds.lastHeaders[.authorization] == "Bearer second")
            try FileManager.default.removeItem(atPath: path)
            await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: [.sample(3)]) }
        }
    }

    /// Who holds a slice up can be seen, and what is known of the others is not lost.
    @Test func whoHasNoAnswerIsToldApart() async throws {
        pds.set(one, .init(body: SamplePDS.patient(one)))
        pds.set(two, .init(status: .internalServerError, body: ""))
        try await pds.withDirectory { [one, two] directory in
            _ = try await directory.details(of: [one])
            let error = await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: [one, two]) }
            #expect(error?.known.keys.map(\.self) == [one])
            #expect(error?.missing == [two])
            #expect(error?.failed == [two])
            #expect(error?.description.contains("500") == true)
            // Left alone for a while, it was not asked.
            let again = await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: [one, two]) }
            #expect(again?.missing == [two])
            #expect(again?.failed == [])
        }
    }

    @Test func noErrorNamesAPatient() async throws {
        pds.outage.withLock { $0 = .init(status: .internalServerError, body: one.digits) }
        try await pds.withDirectory { [one] directory in
            do {
                _ = try await directory.details(of: [one])
                Issue.record("an outage went unnoticed")
            } catch {
                #expect(!"\(error)".contains(one.digits))
            }
        }
    }
}
