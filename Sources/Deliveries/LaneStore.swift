package import Access
package import Foundation
package import Subscriptions

/// Where lanes and their cursors are kept; owned by the couriers, implemented on PostgreSQL.
///
/// Every write carries the claim's epoch and answers ``LaneLost`` when another courier has taken the lane since.
package protocol LaneStore: Sendable {
    /// Takes lanes of a channel that have something to do and are due, oldest due time first.
    ///
    /// - Parameters:
    ///   - channel: Whose lanes.
    ///   - includingIdle: Also lanes without waiting events, for channels that speak at fixed times.
    ///   - limit: How many at most.
    ///   - owner: Names the courier in the leases.
    ///   - lease: How long a lane is held without a sign of life.
    /// - Returns: The lanes, which nobody else holds now.
    /// - Throws: Errors of the store.
    func claimLanes(
        channel: Subscription.Channel,
        includingIdle: Bool,
        limit: Int,
        owner: UUID,
        lease: Duration
    ) async throws -> [LaneClaim]

    /// Takes lanes whose timer has run out: a handshake, a heartbeat or events that are asked for again may be due, although
    /// their live events have to wait.
    ///
    /// - Parameters:
    ///   - channel: Whose lanes.
    ///   - fullClients: Clients to leave out.
    ///   - fullOrigins: Origins that nothing but a handshake or a heartbeat goes to.
    ///   - closedOrigins: Origins to leave out.
    ///   - limit: How many at most.
    ///   - owner: Names the courier in the leases.
    ///   - lease: How long a lane is held without a sign of life.
    /// - Returns: The lanes, which nobody else holds now, without work in hand.
    /// - Throws: Errors of the store.
    func claimTimedLanes(
        channel: Subscription.Channel,
        fullClients: [String],
        fullOrigins: [String],
        closedOrigins: [String],
        limit: Int,
        owner: UUID,
        lease: Duration
    ) async throws -> [LaneClaim]

    /// Clients and origins with lanes of a channel that are due, without a look at those that have nothing to do (D-40).
    ///
    /// - Parameters:
    ///   - channel: Whose lanes.
    ///   - after: Each client's origin that had its turn last; the client's list begins behind it and goes round.
    ///   - fullClients: Clients to leave out.
    ///   - fullOrigins: Origins to leave out.
    /// - Returns: Clients in ascending order, of each so many origins as can have a turn at once.
    /// - Throws: Errors of the store.
    func readyOrigins(
        channel: Subscription.Channel,
        after: [String: String],
        fullClients: [String],
        fullOrigins: [String]
    ) async throws -> [ReadyOrigin]

    /// Takes so many lanes of origins as their shares say, of each those first that are due longest.
    ///
    /// - Parameters:
    ///   - channel: Whose lanes.
    ///   - shares: How many of which.
    ///   - owner: Names the courier in the leases.
    ///   - lease: How long a lane is held without a sign of life, besides the time an attempt may take.
    ///   - attemptLimit: The longest wait for an attempt, whatever a subscription allows.
    /// - Returns: The lanes, which nobody else holds now.
    /// - Throws: Errors of the store.
    func claimLanes(
        channel: Subscription.Channel,
        shares: [LaneShare],
        owner: UUID,
        lease: Duration,
        attemptLimit: Duration
    ) async throws -> [LaneClaim]

    /// Writes an accepted attempt and what follows from it, and decides what the lane does next, in the same transaction:
    /// after a batch the cursor moves past it; events that are next are frozen.
    ///
    /// - Parameters:
    ///   - claim: The lane.
    ///   - accepted: The attempt that was accepted; nil when the claim has no work in hand yet.
    ///   - bundleID: The id of the next bundle.
    ///   - lease: How long the lane is held from now on.
    /// - Returns: What is next, or nil when the lane is drained. A drained lane is off the ready list only if no number came
    ///   in between.
    /// - Throws: ``LaneLost``, and errors of the store.
    func advance(
        _ claim: LaneClaim,
        accepted: AttemptRecord?,
        bundleID: UUID,
        lease: Duration
    ) async throws -> LaneWork?

    /// Ends a batch that has not been attempted yet at an earlier number, because it would be too large.
    func shorten(_ batch: FrozenBatch, of claim: LaneClaim, through last: Int64) async throws -> FrozenBatch

    /// Writes a failed attempt and what follows from it, and gives the lane back.
    func retreat(_ claim: LaneClaim, failed: AttemptRecord, action: LaneStateMachine.Action) async throws

    /// Holds on to a lane whose batch takes its time.
    func renew(_ claim: LaneClaim, lease: Duration) async throws

    /// Gives the lane back as it is: the attempt in hand was cut short, or the courier has had its turn.
    func release(_ claim: LaneClaim) async throws

    /// Gives the lane back as it is, not to be claimed again before the pause is over.
    func postpone(_ claim: LaneClaim, _ pause: LanePause) async throws

    /// Takes events off a job whose client may not be shown them any more, just before they are sent (D-52).
    ///
    /// - Parameters:
    ///   - job: What would be sent.
    ///   - claim: The lane.
    ///   - readable: The vaccine types whose records the client may read now.
    /// - Returns: Whether the notification may go as it is; where not, the job's next one has other events.
    /// - Throws: ``LaneLost``, and errors of the store.
    func recheck(_ job: ResendJob, of claim: LaneClaim, readable: PermittedTypes) async throws -> Bool

    /// Takes records off a back-fill that live delivery has brought since, or that its client may not read any more.
    ///
    /// - Returns: Whether the notification may go as it is.
    /// - Throws: ``LaneLost``, and errors of the store.
    func recheck(_ job: BackfillJob, of claim: LaneClaim, readable: PermittedTypes) async throws -> Bool

    /// The records of a back-fill's notification; their numbers are their places in it.
    func records(of job: BackfillJob) async throws -> [LaneEvent]

    /// Ends a back-fill's notification that has not been attempted yet at an earlier place, because it would be too large.
    func shorten(_ job: BackfillJob, of claim: LaneClaim, through last: Int64) async throws -> BackfillJob

    /// The same of a notification of events that are sent again.
    func shorten(_ job: ResendJob, of claim: LaneClaim, through last: Int64) async throws -> ResendJob

    /// Parks a lane whose client may not be told anything any more: its events stay, and `error` says why.
    ///
    /// - Parameters:
    ///   - claim: The lane.
    ///   - reason: Why, for its owner to read.
    /// - Throws: ``LaneLost``, and errors of the store.
    func forbid(_ claim: LaneClaim, because reason: String) async throws

    /// Gives the lane back as it was after a failure of the hub's own: nothing counts as tried, and neither events nor what
    /// a timer asks for come up before the pause is over.
    ///
    /// - Parameters:
    ///   - claim: The lane.
    ///   - pause: How long it is left alone.
    ///   - trouble: What operators have to mend, for them to read beside a lane that has no failure of its own.
    /// - Throws: Errors of the store.
    func withhold(_ claim: LaneClaim, for pause: Duration, because trouble: String?) async throws

    /// The events of a range, by ascending number.
    func events(of claim: LaneClaim, numbers: ClosedRange<Int64>) async throws -> [LaneEvent]
}

/// How long a lane is left alone, by the database's clock: processes' clocks differ, and jump (T-23).
package enum LanePause: Sendable, Hashable {
    /// So long from now.
    case after(Duration)
    /// Until the next whole multiple of this interval since 1970: for an hour, until minute 0 (`nis-feed.md` §4).
    case untilNext(Duration)
}

/// Another courier holds the lane now; nothing was written.
package struct LaneLost: Error {
    package init() {}
}
