import Deliveries
import Events
import Foundation
import Store
import Subscriptions

extension PostgresStore {
    static let allShards = (0..<Shard.count).map { Shard(number: $0) }

    /// Routes what waits in the outbox, as the embedded log's router does.
    func routeAll(limit: Int = 500) async throws {
        while true {
            let waiting = try await waitingEvents(in: Self.allShards, limit: limit)
            if waiting.isEmpty { return }
            let position = LogPosition.outbox(ids: waiting.map(\.outboxID))
            _ = try await route(EventSlice(events: waiting.map(\.event), position: position))
        }
    }

    /// Claims lanes the way couriers do.
    func claimLanes(
        _ channel: Subscription.Channel = .restHook,
        includingIdle: Bool = false,
        limit: Int = 100,
        lease: Duration = .seconds(60)
    ) async throws -> [LaneClaim] {
        try await claimLanes(channel: channel, includingIdle: includingIdle, limit: limit, owner: UUID(), lease: lease)
    }

    /// Takes everything off a claimed lane.
    func drain(_ claim: LaneClaim) async throws {
        var work = claim.work
        repeat {
            let accepted = work.map { AttemptRecord(work: $0, outcome: .accepted(httpStatus: 202)) }
            work = try await advance(claim, accepted: accepted, bundleID: UUID(), lease: .seconds(60))
        } while work != nil
        try await release(claim)
    }
}

extension AttemptRecord {
    init(accepted numbers: ClosedRange<Int64>) {
        self.init(numbers: numbers, outcome: .accepted(httpStatus: 202))
    }

    init(numbers: ClosedRange<Int64>, outcome: AttemptOutcome) {
        let batch = FrozenBatch(
            numbers: numbers,
            bundleID: UUID(),
            frozenAt: Date(timeIntervalSince1970: 1_700_000_000)
        )
        self.init(work: .batch(batch), outcome: outcome)
    }

    init(work: LaneWork, outcome: AttemptOutcome) {
        self.init(
            work: work,
            attempt: 1,
            startedAt: Date(timeIntervalSince1970: 1_700_000_000),
            duration: .milliseconds(12),
            outcome: outcome
        )
    }
}
