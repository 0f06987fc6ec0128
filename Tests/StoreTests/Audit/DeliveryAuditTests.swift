import Access
import Deliveries
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// a delivery that is over is in the trail, written with the lane's step.
@Suite(.herald, .timeLimit(.minutes(1))) struct DeliveryAuditTests {
    private func withLane(
        _ channel: Subscription.Channel = .restHook,
        events: Int,
        _ body: (PostgresStore, PostgresPool, Subscription, LaneClaim) async throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore { store, pool in
            let subscription = Subscription.sample(channel: channel, maxCount: 2)
            try await store.create(subscription)
            try await ChangeWriter(pool).write((0..<events).map { SampleChange($0) })
            try await store.routeAll()
            let claim = try #require(try await store.claimLanes(channel, includingIdle: true).first)
            try await body(store, pool, subscription, claim)
        }
    }

    private func records(_ store: PostgresStore) async throws -> [AuditRecord] {
        try await store.auditRows(AuditQuery()).sorted { $0.id < $1.id }.map { try $0.record() }
    }

    @Test func eachAcceptedNotificationHasOneRecordWithoutPatientData() async throws {
        try await withLane(events: 3) { store, _, subscription, claim in
            try await store.drain(claim)
            let records = try await records(store)
            #expect(records.map(\.parameters) == ["numbers=1-2", "numbers=3-3"])
            #expect(records.map(\.count) == [2, 1])
            for record in records {
                #expect(record.client == subscription.client && record.patient == nil)
                #expect(record.resources == [AuditedResource("Subscription", id: "\(subscription.id)")])
                #expect(record.outcome == .success && record.status == 202 && record.milliseconds == 12)
                #expect(record.endpoint == "delivery by \(subscription.channel.rawValue)")
            }
            while try await store.sealAudit(limit: 100) > 0 {}
            #expect(try await store.verifyAudit(against: nil).records == 2)
        }
    }

    @Test func onlyAFailureThatIsNotTriedAgainIsRecorded() async throws {
        try await withLane(events: 1) { store, pool, _, claim in
            _ = try await store.advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))
            let failed = AttemptRecord(numbers: 1...1, outcome: .transient(.noResponse, retryAfter: nil))
            try await store.retreat(claim, failed: failed, action: .wait(.zero, failing: true))
            #expect(try await records(store).isEmpty)
            let again = try #require(try await store.claimLanes().first)
            try await store.retreat(again, failed: failed, action: .switchOff)
            let record = try #require(try await records(store).first)
            #expect(record.outcome == .serverFault && record.issueCode == failed.outcome.name)
            #expect(try await records(store).count == 1)
        }
    }

    /// Who has lost the lane to another delivers nothing, and says nothing.
    @Test func aSupersededClaimLeavesNoRecord() async throws {
        try await withLane(events: 1) { store, pool, _, claim in
            try await pool.query("UPDATE lane SET lease_epoch = lease_epoch + 1")
            await #expect(throws: LaneLost.self) {
                try await store.advance(
                    claim,
                    accepted: AttemptRecord(accepted: 1...1),
                    bundleID: UUID(),
                    lease: .seconds(60)
                )
            }
            #expect(try await records(store).isEmpty)
        }
    }

    @Test func aRunOfTheFeedHasOneRecord() async throws {
        try await withLane(.feed, events: 3) { store, _, _, claim in
            let feed = FeedSettings(odsCode: try #require(ODSCode("X26")))
            let run = try #require(try await store.freezeRun(claim, at: Date(), feed, noted: 0))
            #expect(try await records(store).isEmpty)
            try await store.finishRun(claim, run, WrittenRun(files: []), next: .after(.seconds(60)))
            let record = try #require(try await records(store).first)
            #expect(record.change == "run 1" && record.parameters == "numbers=1-3" && record.count == 3)
        }
    }
}
