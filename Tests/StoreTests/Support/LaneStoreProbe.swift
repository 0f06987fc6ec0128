import Access
import Deliveries
import Foundation
import Store
import Subscriptions

/// A lane store that lets a test fail what the couriers ask at the critical places.
final class LaneStoreProbe: LaneStore, BreakerStore {
    /// Raised with the first renewal.
    let renewals = Flag()

    let store: PostgresStore
    let onFinish: @Sendable () throws -> Void
    let onStep: @Sendable (FeedStep) throws -> Void
    private let onRenew: @Sendable () throws -> Void

    init(
        _ store: PostgresStore,
        onFinish: @escaping @Sendable () throws -> Void = {},
        onRenew: @escaping @Sendable () throws -> Void = {},
        onStep: @escaping @Sendable (FeedStep) throws -> Void = { _ in }
    ) {
        self.store = store
        self.onFinish = onFinish
        self.onRenew = onRenew
        self.onStep = onStep
    }

    func claimLanes(
        channel: Subscription.Channel,
        includingIdle: Bool,
        limit: Int,
        owner: UUID,
        lease: Duration
    ) async throws -> [LaneClaim] {
        try await store.claimLanes(
            channel: channel,
            includingIdle: includingIdle,
            limit: limit,
            owner: owner,
            lease: lease
        )
    }

    func claimTimedLanes(
        channel: Subscription.Channel,
        fullClients: [String],
        fullOrigins: [String],
        closedOrigins: [String],
        limit: Int,
        owner: UUID,
        lease: Duration
    ) async throws -> [LaneClaim] {
        try await store.claimTimedLanes(
            channel: channel,
            fullClients: fullClients,
            fullOrigins: fullOrigins,
            closedOrigins: closedOrigins,
            limit: limit,
            owner: owner,
            lease: lease
        )
    }

    func readyOrigins(
        channel: Subscription.Channel,
        after: [String: String],
        fullClients: [String],
        fullOrigins: [String]
    ) async throws -> [ReadyOrigin] {
        try await store.readyOrigins(
            channel: channel,
            after: after,
            fullClients: fullClients,
            fullOrigins: fullOrigins
        )
    }

    func claimLanes(
        channel: Subscription.Channel,
        shares: [LaneShare],
        owner: UUID,
        lease: Duration,
        attemptLimit: Duration
    ) async throws -> [LaneClaim] {
        try await store.claimLanes(
            channel: channel,
            shares: shares,
            owner: owner,
            lease: lease,
            attemptLimit: attemptLimit
        )
    }

    func breakers() async throws -> [BreakerStanding] { try await store.breakers() }

    func note(_ change: BreakerChange) async throws { try await store.note(change) }

    func advance(
        _ claim: LaneClaim,
        accepted: AttemptRecord?,
        bundleID: UUID,
        lease: Duration
    ) async throws -> LaneWork? {
        try await store.advance(claim, accepted: accepted, bundleID: bundleID, lease: lease)
    }

    func shorten(_ batch: FrozenBatch, of claim: LaneClaim, through last: Int64) async throws -> FrozenBatch {
        try await store.shorten(batch, of: claim, through: last)
    }

    func retreat(_ claim: LaneClaim, failed: AttemptRecord, action: LaneStateMachine.Action) async throws {
        try await store.retreat(claim, failed: failed, action: action)
    }

    func renew(_ claim: LaneClaim, lease: Duration) async throws {
        renewals.raise()
        try onRenew()
        try await store.renew(claim, lease: lease)
    }

    func release(_ claim: LaneClaim) async throws { try await store.release(claim) }

    func postpone(_ claim: LaneClaim, _ pause: LanePause) async throws { try await store.postpone(claim, pause) }

    func withhold(_ claim: LaneClaim, for pause: Duration, because trouble: String?) async throws {
        try await store.withhold(claim, for: pause, because: trouble)
    }

    func forbid(_ claim: LaneClaim, because reason: String) async throws {
        try await store.forbid(claim, because: reason)
    }

    func recheck(_ job: ResendJob, of claim: LaneClaim, readable: PermittedTypes) async throws -> Bool {
        try await store.recheck(job, of: claim, readable: readable)
    }

    func recheck(_ job: BackfillJob, of claim: LaneClaim, readable: PermittedTypes) async throws -> Bool {
        try await store.recheck(job, of: claim, readable: readable)
    }

    func records(of job: BackfillJob) async throws -> [LaneEvent] { try await store.records(of: job) }

    func shorten(_ job: BackfillJob, of claim: LaneClaim, through last: Int64) async throws -> BackfillJob {
        try await store.shorten(job, of: claim, through: last)
    }

    func shorten(_ job: ResendJob, of claim: LaneClaim, through last: Int64) async throws -> ResendJob {
        try await store.shorten(job, of: claim, through: last)
    }

    func events(of claim: LaneClaim, numbers: ClosedRange<Int64>) async throws -> [LaneEvent] {
        try await store.events(of: claim, numbers: numbers)
    }

}
