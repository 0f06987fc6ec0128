import Deliveries
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(1))) struct SubscriptionStoreTests {
    private func practice(_ code: String, _ endpoint: String?) -> Practice {
        Practice(odsCode: code, name: "Practice \(code)", endpoint: endpoint)
    }

    @Test func aPracticeWithAnEndpointGetsOneSubscription() async throws {
        try await ScratchDatabase.withStore { store, _ in
            for endpoint in ["https://one.example.nhs.uk/", "https://two.example.nhs.uk/"] {
                try await store.load(practices: [practice("A00001", endpoint), practice("B00002", nil)])
                let all = try await store.allProgress()
                #expect(all.map(\.subscription.endpoint) == [endpoint])
                #expect(all.map { $0.subscription.filter[.registeredPractices] } == [["A00001"]])
            }
        }
    }

    @Test func loadsAtTheSameTimeMakeOneSubscriptionAPractice() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let practices = (0..<30).map { practice("P\($0)", "https://p\($0).example.nhs.uk/") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for seed in 0..<6 {
                    var random = SplitMix(seed: UInt64(seed))
                    let shuffled = practices.shuffled(using: &random)
                    group.addTask { try await store.load(practices: shuffled) }
                }
                try await group.waitForAll()
            }
            #expect(try await store.allProgress().count == 30)
        }
    }

    @Test func aPracticeThatLosesItsEndpointIsOffAndComesBackWithItsLaneAtWork() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let endpoint = "https://a.example.nhs.uk/"
            try await store.load(practices: [practice("A00001", endpoint)])
            try await store.load(patients: [PatientRegistration(nhsNumber: .sample(1), practice: "A00001")])
            let id = try #require(try await store.allProgress().first).subscription.id
            let writer = ChangeWriter(pool)
            try await writer.write([SampleChange(1)])
            try await store.routeAll()

            // Its endpoint says 410, which parks the lane for good.
            let claim = try #require(try await store.claimLanes().first)
            _ = try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))
            try await store.retreat(claim, failed: AttemptRecord(numbers: 1...1, outcome: .gone), action: .switchOff)
            #expect(try await store.claimLanes().isEmpty)

            try await store.load(practices: [practice("A00001", nil)])
            #expect(try await store.progress(of: id)?.subscription.status == .off)
            try await store.load(practices: [practice("A00001", "https://new.example.nhs.uk/")])
            #expect(try await store.progress(of: id)?.subscription.status == .active)
            let again = try #require(try await store.claimLanes().first)
            #expect(again.work?.frozen?.numbers == 1...1)
            #expect(again.work?.frozen?.failures == 0)
            #expect(again.subscription.endpoint == "https://new.example.nhs.uk/")
        }
    }

    @Test func theNationalFeedIsMadeOnceByHoweverManyProcesses() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask { try await store.ensureFeedSubscription(endpoint: "/feed/\(number)", now: Date()) }
                }
                try await group.waitForAll()
            }
            #expect(try await store.allProgress().map(\.subscription.audience) == [.nis])
        }
    }

    @Test func theLaterOfTwoRegistrationsCounts() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.load(patients: [
                PatientRegistration(nhsNumber: .sample(1), practice: "A00001"),
                PatientRegistration(nhsNumber: .sample(1), practice: "B00002"),
                PatientRegistration(nhsNumber: .sample(2), practice: nil),
            ])
            #expect(try await pool.count("SELECT count(*) FROM patient WHERE practice = 'B00002'") == 1)
            #expect(try await pool.count("SELECT count(*) FROM patient WHERE practice IS NULL") == 1)
        }
    }
}
