import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(1))) struct LaneEventTests {
    @Test func eventsCarryTheContentOfTheirOwnChange() async throws {
        try await withEvents([SampleChange(1), SampleChange(1), SampleChange(1, removes: true), SampleChange(1)]) {
            events in
            let change = SampleChange(1)
            #expect(events.map(\.number) == [1, 2, 3, 4])
            #expect(events.map(\.shape) == [.post, .put, .delete, .post])
            #expect(events.map(\.kind) == [.recorded, .corrected, .removed, .corrected])
            #expect(events.map(\.version) == [1, 2, 2, 3])
            // A removal carries the last content before it.
            #expect(events.map(\.resource) == [1, 2, 2, 4].map { change.resource(change: $0) })
            #expect(events.allSatisfy { $0.identifier == change.identifier && $0.recordID == change.recordID })
            #expect(events.allSatisfy { $0.movedFrom == nil })
        }
    }

    @Test func aCorrectionToAnotherTypeCarriesWhatWasBefore() async throws {
        try await withEvents([SampleChange(1, vaccineType: "COVID"), SampleChange(1, vaccineType: "FLU")]) { events in
            #expect(events[1].vaccineType == "FLU")
            #expect(events[1].movedFrom?.vaccineType == "COVID")
            #expect(events[1].movedFrom?.resource == SampleChange(1).resource(change: 1))
        }
    }

    @Test func aRecordThatLeavesTheViewCarriesWhatItWasThere() async throws {
        let filter = SubscriptionFilter(vaccineTypes: ["COVID"])
        let changes = [SampleChange(1, vaccineType: "COVID"), SampleChange(1, vaccineType: "FLU")]
        try await withEvents(changes, filter: filter) { events in
            #expect(events.map(\.shape) == [.post, .delete])
            #expect(events[1].movedFrom?.resource == SampleChange(1).resource(change: 1))
        }
    }

    @Test func reinstatementInAnotherTypeIsNotAMove() async throws {
        let changes = [
            SampleChange(1, vaccineType: "COVID"), SampleChange(1, removes: true), SampleChange(1, vaccineType: "FLU"),
        ]
        try await withEvents(changes) { events in
            #expect(events.map(\.shape) == [.post, .delete, .post])
            #expect(events[2].movedFrom == nil)
        }
    }

    @Test func contentThatIsMissingIsAnErrorAndNotAHole() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await ChangeWriter(pool).write([SampleChange(1), SampleChange(2)])
            try await store.routeAll()
            try await pool.query(
                "DELETE FROM immunization_version WHERE immunization_id = $1",
                [.uuid(SampleChange(2).recordID.uuid)]
            )
            let claim = try #require(try await store.claimLanes().first)
            await #expect(throws: (any Error).self) { try await store.events(of: claim, numbers: 1...2) }
        }
    }

    private func withEvents(
        _ changes: [SampleChange],
        filter: SubscriptionFilter = SubscriptionFilter(),
        _ body: ([LaneEvent]) throws -> Void
    ) async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample(.nis, filter: filter))
            let writer = ChangeWriter(pool)
            for change in changes { try await writer.write([change]) }
            try await store.routeAll()
            let claim = try #require(try await store.claimLanes().first)
            let head = try #require(try await store.progress(of: claim.subscription.id)).lastNumber
            try body(try await store.events(of: claim, numbers: 1...head))
        }
    }
}
