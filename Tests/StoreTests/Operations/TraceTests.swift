import Deliveries
import Events
import Feeds
import Foundation
import HeraldTestKit
import Operations
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(2))) struct TraceTests {
    @Test func theWayGoesFromTheRowToTheAnswer() async throws {
        try await withIntake { intake in
            let (store, pool) = (intake.store, intake.pool)
            let subscription = Subscription.sample()
            try await store.create(subscription)
            let name = "FLU_Vaccinations_v5_YGM41_20250115T08000000.csv"
            let feed = try await store.receiveOne(name, pool)
            try await ChangeWriter(pool).write([SampleChange(1), SampleChange(1)])
            try await pool.query(
                "UPDATE immunization_version SET feed_id = $1, row_number = 17 WHERE change = 1",
                [.uuid(feed.uuid)]
            )
            let waiting = try await trace(store)
            #expect(waiting.changes.map(\.kind) == ["recorded", "corrected"])
            #expect(waiting.changes.allSatisfy { $0.event == nil })
            try await store.routeAll()
            try await store.drain(try #require(try await store.claimLanes().first))

            let traced = try await trace(store)
            #expect(traced.id == SampleChange(1).recordID.description)
            #expect(traced.version == 2)
            #expect(!traced.isDeleted)
            #expect(traced.changes[0].row?.file == name)
            #expect(traced.changes[0].row?.row == 17)
            #expect(traced.changes[1].row == nil)
            let deliveries = traced.changes.flatMap { $0.event?.deliveries ?? [] }
            #expect(deliveries.map(\.number) == [1, 2])
            #expect(deliveries.map(\.shape) == ["POST", "PUT"])
            #expect(deliveries.allSatisfy { $0.state == "delivered" })
            #expect(deliveries.allSatisfy { $0.subscription == subscription.id.description })
            #expect(deliveries.map(\.attempts.count) == [1, 1])
            #expect(deliveries[0].attempts[0].outcome == "accepted")
        }
    }

    @Test func aRecordIsFoundByEverythingItIsKnownBy() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let change = SampleChange(4)
            try await ChangeWriter(pool).write([change])
            let starts: [TraceStart] = [
                .patient(.sample(1)), .name(change.identifier.value), .name(change.recordID.description),
                .identifier(change.identifier),
            ]
            for start in starts {
                #expect(try await store.trace(start).records.map(\.id) == [change.recordID.description])
            }
            // With statistics the systems are known, and the name leads to the key.
            try await pool.query("ANALYZE immunization")
            #expect(try await store.trace(.name(change.identifier.value)).records.count == 1)
            #expect(try await store.trace(.patient(.sample(2))).records.isEmpty)
            #expect(try await store.trace(.name("unknown")).records.isEmpty)
        }
    }

    @Test func whatWasRemovedIsTracedToo() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await ChangeWriter(pool).write([SampleChange(1), SampleChange(1, removes: true)])
            let traced = try #require(try await store.trace(.patient(.sample(1))).records.first)
            #expect(traced.isDeleted)
            #expect(traced.changes.map(\.kind) == ["recorded", "removed"])
        }
    }

    private func trace(_ store: PostgresStore) async throws -> Trace {
        try #require(try await store.trace(.identifier(SampleChange(1).identifier)).records.first)
    }
}

extension PostgresStore {
    /// Files an upload that nobody applies.
    fileprivate func receiveOne(_ name: String, _ pool: PostgresPool) async throws -> FeedID {
        let id = FeedID(UUID())
        try await begin(ReceivedFeed(id: id, name: name, client: "site"))
        return id
    }
}
