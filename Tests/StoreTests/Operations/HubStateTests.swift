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

@Suite(.herald, .timeLimit(.minutes(2))) struct HubStateTests {
    @Test func anIdleHubWaitsForNothing() async throws {
        try await ScratchDatabase.withStore { store, _ in
            let state = try await store.hubState()
            #expect(state.feeds.map(\.name) == ["receiving", "queued", "processing", "paused", "halted"])
            #expect(state.feeds.allSatisfy { $0.count == 0 && $0.oldestSeconds == nil })
            #expect(state.outbox == HubState.Waiting(name: "outbox", count: 0))
            #expect(state.lanes.isEmpty)
            #expect(state.slowestLanes.isEmpty)
            #expect(state.deadEvents == 0)
            #expect(try #require(state.diskUsed) < 1)
        }
    }

    @Test func whatWaitsIsCountedWithItsAge() async throws {
        try await withIntake { intake in
            try await intake.receive(SampleFeed([SampleFeed.Row("1")]))
            try await ChangeWriter(intake.pool).write([SampleChange(1), SampleChange(2)])
            let state = try await intake.store.hubState()
            #expect(state.feeds.first { $0.name == "queued" }?.count == 1)
            #expect(state.feeds.first { $0.name == "queued" }?.oldestSeconds ?? -1 >= 0)
            #expect(state.outbox.count == 2)
            #expect(state.outbox.oldestSeconds ?? -1 >= 0)
        }
    }

    @Test func lanesAreToldApartByWhatTheyWaitFor() async throws {
        try await ScratchDatabase.withStore { store, pool in
            let due = Subscription.sample()
            let parked = Subscription.sample(.subscriber)
            let retrying = Subscription.sample(.subscriber)
            let off = Subscription.sample(.subscriber)
            for subscription in [due, parked, retrying, off] { try await store.create(subscription) }
            try await ChangeWriter(pool).write([SampleChange(1), SampleChange(2), SampleChange(3)])
            try await store.routeAll()
            for claim in try await store.claimLanes() {
                switch claim.subscription.id {
                case parked.id: try await store.fail(claim, .park)
                case retrying.id: try await store.fail(claim, .wait(.seconds(600), failing: true))
                case off.id: try await store.fail(claim, .switchOff)
                default: try await store.release(claim)
                }
            }
            let state = try await store.hubState()
            let groups = Dictionary(uniqueKeysWithValues: state.lanes.map { ("\($0.audience) \($0.state)", $0) })
            #expect(
                groups.mapValues(\.lanes) == [
                    "nis due": 1, "subscriber parked": 1, "subscriber retrying": 1, "subscriber off": 1,
                ]
            )
            #expect(groups.values.allSatisfy { $0.events == 3 })
            let worst = try #require(state.slowestLanes.first { $0.subscription == retrying.id.description })
            #expect(worst.failedAttempts == 1)
            #expect(worst.lastError == "no-response")
            #expect(worst.waiting == 3)
            #expect(worst.oldestSeconds ?? -1 >= 0)
            #expect(state.slowestLanes.last?.state == .off)
        }
    }

    @Test func aLaneThatHasDeliveredEverythingIsNotShown() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await store.create(.sample())
            try await ChangeWriter(pool).write([SampleChange(1)])
            try await store.routeAll()
            #expect(try await store.hubState().lanes.count == 1)
            try await store.drain(try #require(try await store.claimLanes().first))
            #expect(try await store.hubState().lanes.isEmpty)
        }
    }

    @Test func manyWhoAskAtOnceCostOneReading() async throws {
        let store = CountingStore()
        let watch = StateWatch(store: store, interval: .seconds(60))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = await watch.reading() } }
        }
        #expect(await watch.reading()?.state.deadEvents == 1)
        #expect(await store.readings == 1)
    }

    @Test func aDatabaseThatDoesNotAnswerHoldsNobodyUp() async throws {
        let store = CountingStore(delay: .seconds(3600))
        let watch = StateWatch(store: store, patience: .milliseconds(50))
        #expect(await watch.reading() == nil)
    }

    @Test func whatWasReadBeforeIsNotShownOnceTheDatabaseIsAway() async throws {
        let store = CountingStore(failsAfter: 1)
        let watch = StateWatch(store: store, interval: .zero)
        #expect(await watch.reading() != nil)
        try await eventually { await watch.reading() == nil }
    }
}

/// A store that counts how often it is asked.
private actor CountingStore: HubStateStore {
    private(set) var readings = 0
    private let delay: Duration

    private let failsAfter: Int

    init(delay: Duration = .milliseconds(20), failsAfter: Int = .max) {
        self.delay = delay
        self.failsAfter = failsAfter
    }

    func hubState() async throws -> HubState {
        readings += 1
        try await Task.sleep(for: delay)
        if readings > failsAfter { throw CancellationError() }
        var state = HubState()
        state.deadEvents = readings
        return state
    }
}

extension PostgresStore {
    /// One attempt without an answer, with what follows from it.
    fileprivate func fail(_ claim: LaneClaim, _ action: LaneStateMachine.Action) async throws {
        let work = try #require(
            try await advance(claim, accepted: nil, bundleID: UUID(), lease: .seconds(60))
        )
        let record = AttemptRecord(
            work: work,
            attempt: 1,
            startedAt: Date(),
            duration: .milliseconds(3),
            outcome: .transient(.noResponse, retryAfter: nil)
        )
        try await retreat(claim, failed: record, action: action)
    }
}
