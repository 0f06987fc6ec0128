import Deliveries
import Events
import Foundation
import HeraldTestKit
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(1))) struct RoutingStoreTests {
    /// T-19: what is committed after a subscription's activation reaches it, whatever is cached.
    @Test func aSubscriptionMadeWhileEventsFlowHearsOfAllThatFollow() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let log = EmbeddedEventLog(store: store, sliceLimit: 5, owner: UUID(), logger: .silent)
            let written = { try await pool.count("SELECT count(*) FROM immunization_version") }
            var missed: [SubscriptionID: Int] = [:]
            try await running([Router(log: log, store: store, logger: .silent)]) {
                async let writing: Void = {
                    for round in 0..<300 { try await ChangeWriter(pool).write([SampleChange(round % 7)]) }
                }()
                for number in 0..<15 {
                    try await eventually { try await written() >= number * 20 }
                    // Every record is of one patient, so both kinds take everything.
                    let filter = SubscriptionFilter(patients: number.isMultiple(of: 2) ? [] : [.sample(1)])
                    let subscription = Subscription.sample(filter: filter)
                    try await store.create(subscription)
                    missed[subscription.id] = try await written()
                }
                try await writing
                try await RoutingAudit(pool).waitUntilRouted()
            }
            for progress in try await store.allProgress() {
                let before = try #require(missed[progress.subscription.id])
                #expect(progress.lastNumber >= 300 - before, "all that was written after the subscription was made")
            }
        }
    }

    @Test func routersThatDrawForTheSameSubscriptionsWaitForEachOtherAndNeverDeadlock() async throws {
        try await ScratchDatabase.withStore(connections: 12) { store, pool in
            for _ in 0..<20 { try await store.create(.sample()) }
            try await ChangeWriter(pool).write((0..<200).map { SampleChange($0) })
            let waiting = try await store.waitingEvents(in: PostgresStore.allShards, limit: 1000)
            try await withThrowingTaskGroup(of: SliceOutcome.self) { group in
                for start in stride(from: 0, to: waiting.count, by: 10) {
                    let part = waiting[start..<start + 10]
                    let position = LogPosition.outbox(ids: part.map(\.outboxID))
                    group.addTask { try await store.route(EventSlice(events: part.map(\.event), position: position)) }
                }
                for try await outcome in group { #expect(outcome == .committed) }
            }
            try await RoutingAudit(pool).check()
        }
    }

    @Test func aSliceThatIsTriedAgainAfterItsCommitWasLostIsDone() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            let claimed = try await store.claim(topic: "t", partitions: [3], initial: 0)
            #expect(claimed.map(\.nextOffset) == [0])
            let slice = try await slice(
                of: [SampleChange(1), SampleChange(2)],
                epoch: claimed[0].epoch,
                first: 0,
                store,
                pool
            )
            #expect(try await store.route(slice) == .committed)
            #expect(try await store.route(slice) == .committed)
            #expect(try await pool.count("SELECT count(*) FROM subscription_event") == 2)
            #expect(try await store.claim(topic: "t", partitions: [3], initial: 0).map(\.nextOffset) == [2])
        }
    }

    @Test func aPartitionThatWasTakenOverIsFenced() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            let first = try await store.claim(topic: "t", partitions: [0, 1], initial: 0)
            let second = try await store.claim(topic: "t", partitions: [1], initial: 0)
            #expect(second[0].epoch > first[1].epoch)
            let slice = try await slice(
                of: [SampleChange(1)],
                partition: 1,
                epoch: first[1].epoch,
                first: 0,
                store,
                pool
            )
            #expect(try await store.route(slice) == .fenced)
            #expect(try await pool.count("SELECT count(*) FROM event") == 0)
            #expect(try await pool.count("SELECT count(*) FROM consumer_offset WHERE next_offset > 0") == 0)
        }
    }

    /// D-82: a message that was refused or lost comes again, but too late.
    @Test func aChangeThatOvertookOthersBringsThemAlong() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            for _ in 0..<5 { try await ChangeWriter(pool).write([SampleChange(1)]) }
            let events = try await store.waitingEvents(in: PostgresStore.allShards, limit: 10).map(\.event)
            let epoch = try await store.claim(topic: "t", partitions: [0], initial: 0)[0].epoch
            func position(_ first: Int64, _ next: Int64) -> LogPosition {
                .partition(topic: "t", partition: 0, epoch: epoch, first: first, next: next)
            }
            let early = EventSlice(events: [events[1], events[4]], position: position(0, 2))
            #expect(try await store.route(early) == .committed)
            let late = EventSlice(events: [events[0], events[2], events[3]], position: position(2, 5))
            #expect(try await store.route(late) == .committed)
            try await pool.query("DELETE FROM outbox")
            try await RoutingAudit(pool).check()
            #expect(try await pool.count("SELECT count(*) FROM subscription_event") == 5)
        }
    }

    @Test func messagesThatCannotBeReadAreSetAsideWithTheSlice() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let epoch = try await store.claim(topic: "t", partitions: [3], initial: 0)[0].epoch
            var slice = try await slice(of: [SampleChange(1)], epoch: epoch, first: 5, store, pool)
            slice.unreadable = [
                UnreadableMessage(
                    LogMessage(topic: "t", partition: 3, offset: 4, key: nil, value: [0, 255]),
                    reason: "not JSON"
                ),
                UnreadableMessage(
                    LogMessage(topic: "t", partition: 3, offset: 6, key: [1], value: nil),
                    reason: "no value"
                ),
            ]
            #expect(try await store.route(slice) == .committed)
            #expect(try await pool.count("SELECT count(*) FROM event_dead") == 2)
            #expect(try await pool.count("SELECT count(*) FROM event") == 1)
        }
    }

    @Test func thePracticeIsTheOneOfThePatientAtThatMoment() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.load(practices: [
                Practice(odsCode: "A00001", name: "A", endpoint: "https://a.example.nhs.uk/"),
                Practice(odsCode: "B00002", name: "B", endpoint: "https://b.example.nhs.uk/"),
                Practice(odsCode: "C00003", name: "C", endpoint: nil),
            ])
            let writer = ChangeWriter(pool)
            for practice in ["A00001", "B00002", "C00003", nil] {
                try await store.load(patients: [PatientRegistration(nhsNumber: .sample(1), practice: practice)])
                try await writer.write([SampleChange(1)])
                try await store.routeAll()
            }
            let rows = try await pool.query(
                """
                SELECT s.filter -> 'registeredPractices' ->> 0 AS practice, e.change, e.shape
                FROM subscription_event e JOIN subscription s ON s.id = e.subscription_id ORDER BY e.change, practice
                """
            )
            let found = try rows.map {
                "\(try $0.decode("change", as: Int.self)) \(try $0.decode("practice", as: String.self)) "
                    + "\(try $0.decode("shape", as: Int.self))"
            }
            #expect(found == ["1 A00001 1", "2 A00001 3", "2 B00002 1", "3 B00002 3"])
        }
    }

    private func slice(
        of changes: [SampleChange],
        partition: Int32 = 3,
        epoch: Int64,
        first: Int64,
        _ store: PostgresStore,
        _ pool: PostgresPool
    ) async throws -> EventSlice {
        try await ChangeWriter(pool).write(changes)
        let waiting = try await store.waitingEvents(in: PostgresStore.allShards, limit: 1000)
        let next = first + Int64(changes.count)
        return EventSlice(
            events: waiting.map(\.event),
            position: .partition(topic: "t", partition: partition, epoch: epoch, first: first, next: next)
        )
    }
}
