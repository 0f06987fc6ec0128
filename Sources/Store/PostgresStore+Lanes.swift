import Access
package import Deliveries
import Events
package import Foundation
import Postgres
package import Subscriptions
import Vaccination

extension PostgresStore: LaneStore {
    package func claimLanes(
        channel: Subscription.Channel,
        includingIdle: Bool,
        limit: Int,
        owner: UUID,
        lease: Duration
    ) async throws -> [LaneClaim] {
        // From the few lanes with work to the lanes, not the other way round (D-40).
        let ready = includingIdle ? "" : "JOIN lane_ready r ON r.subscription_id = l.subscription_id"
        let rows = try await pool.query(
            """
            WITH due AS (
                SELECT l.subscription_id FROM lane l \(ready)
                JOIN subscription s ON s.id = l.subscription_id AND \(Self.isDeliverable)
                WHERE l.channel = $1 AND l.next_attempt_at <= now() AND (l.lease_until IS NULL OR l.lease_until < now())
                ORDER BY l.next_attempt_at LIMIT $2 FOR NO KEY UPDATE OF l SKIP LOCKED
            )
            \(Self.takeDue(owner: "$3", lease: "$4"))
            """,
            [
                .text(channel.rawValue), .int8(Int64(limit)), .uuid(owner), .int8(Int64(lease / .milliseconds(1))),
            ]
        )
        return try rows.map(Self.claim)
    }

    package func advance(
        _ claim: LaneClaim,
        accepted: AttemptRecord?,
        bundleID: UUID,
        lease: Duration
    ) async throws -> LaneWork? {
        try await pool.withTransaction { connection in
            var lane = try await Self.lock(claim, on: connection)
            if let accepted {
                try await Self.log(accepted, of: claim, on: connection)
                try await Self.audit(accepted, of: claim.subscription, .success, on: connection)
                try await Self.restartHeartbeat(claim, after: accepted, on: connection)
                if case .batch(let batch) = accepted.work {
                    lane.moveCursor(past: batch)
                    if claim.subscription.status == .error { try await Self.show(.active, for: claim, on: connection) }
                    try await Self.forgetTrouble(of: claim.subscription, on: connection)
                } else {
                    try await Self.takeNotice(accepted.work, of: claim, on: connection)
                    lane = try await Self.lock(claim, on: connection)
                }
            }
            return try await Self.next(lane, of: claim, bundleID: bundleID, lease: lease, on: connection)
        }
    }

    /// What a lane does next: a handshake before all else, then its events, then a heartbeat, then what is asked for again.
    ///
    /// While the head waits for its next attempt the heartbeat is the probe (D-24).
    private static func next(
        _ lane: LockedLane,
        of claim: LaneClaim,
        bundleID: UUID,
        lease: Duration,
        on connection: PostgresConnection
    ) async throws -> LaneWork? {
        guard lane.maySpeak else {
            if lane.hasMoved { try await setCursor(lane.deliveredThrough, of: claim, on: connection) }
            return nil
        }
        if lane.status == .requested {
            return .handshake(total: try await head(of: claim, locked: false, on: connection))
        }
        if lane.isDue, !claim.isHeldBack {
            if let batch = lane.batch {
                try await extendLease(of: claim, lease, on: connection)
                return .batch(batch)
            }
            if let batch = try await freeze(
                claim,
                after: lane.deliveredThrough,
                atMost: lane.isSplit ? 1 : claim.subscription.maxCount,
                bundleID: bundleID,
                lease: lease,
                on: connection
            ) {
                return .batch(batch)
            }
        }
        if lane.isHeartbeatDue {
            try await extendLease(of: claim, lease, on: connection)
            return .heartbeat(total: try await head(of: claim, locked: false, on: connection))
        }
        // Behind the live events; in front where these are parked.
        guard claim.isTimed, !claim.isHeldBack, lane.isParked || lane.batch == nil else { return nil }
        if let job = try await nextResend(claim, bundleID: bundleID, on: connection) {
            try await extendLease(of: claim, lease, on: connection)
            return .resend(job)
        }
        guard !lane.isParked, let job = try await nextBackfill(claim, bundleID: bundleID, on: connection) else {
            return nil
        }
        try await extendLease(of: claim, lease, on: connection)
        return .backfill(job)
    }

    private static func extendLease(
        of claim: LaneClaim,
        _ lease: Duration,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            "UPDATE lane SET lease_until = now() + $2 * interval '1 millisecond' WHERE subscription_id = $1",
            [.uuid(claim.subscription.id.uuid), .int8(Int64(lease / .milliseconds(1)))]
        )
    }

    private static func setCursor(
        _ through: Int64,
        of claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            UPDATE lane SET delivered_through = $2, batch_to = NULL, bundle_id = NULL, frozen_at = NULL, attempt = 0,
                first_failure_at = NULL, last_error = NULL
            WHERE subscription_id = $1
            """,
            [.uuid(claim.subscription.id.uuid), .int8(through)]
        )
    }

    /// What follows from an accepted message that is no batch of the live lane.
    private static func takeNotice(
        _ work: LaneWork,
        of claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws {
        switch work {
        case .handshake: try await activate(claim, on: connection)
        case .heartbeat: try await heartbeatAccepted(claim, on: connection)
        case .resend(let job): try await resendAccepted(job, claim, on: connection)
        case .backfill(let job): try await backfillAccepted(job, on: connection)
        case .batch: break
        }
    }

    /// Moves the cursor and freezes what comes behind it, if anything does.
    private static func freeze(
        _ claim: LaneClaim,
        after through: Int64,
        atMost count: Int,
        bundleID: UUID,
        lease: Duration,
        on connection: PostgresConnection
    ) async throws -> FrozenBatch? {
        var head = try await head(of: claim, locked: false, on: connection)
        if head <= through {
            // The router writes the head before it marks the lane ready: with the head locked, a number is either seen
            // here or its mark comes after the delete, so no wake-up is lost.
            head = try await Self.head(of: claim, locked: true, on: connection)
            if head <= through {
                try await connection.query(
                    "DELETE FROM lane_ready WHERE subscription_id = $1",
                    [.uuid(claim.subscription.id.uuid)]
                )
            }
        }
        let last = min(head, through + Int64(count))
        let hasBatch = head > through
        let frozen = try await connection.query(
            """
            UPDATE lane SET delivered_through = $2, attempt = 0, first_failure_at = NULL, last_error = NULL,
                batch_to = $3, bundle_id = $4, frozen_at = CASE WHEN $3::bigint IS NULL THEN NULL ELSE now() END,
                lease_until = now() + $5 * interval '1 millisecond'
            WHERE subscription_id = $1 RETURNING frozen_at
            """,
            [
                .uuid(claim.subscription.id.uuid), .int8(through), hasBatch ? .int8(last) : .null,
                hasBatch ? .uuid(bundleID) : .null,
                .int8(Int64(lease / .milliseconds(1))),
            ]
        )
        guard hasBatch, let frozenAt = try frozen.first?.decode("frozen_at", as: Date?.self) else { return nil }
        return FrozenBatch(numbers: through + 1...last, bundleID: bundleID, frozenAt: frozenAt)
    }

    package func retreat(
        _ claim: LaneClaim,
        failed: AttemptRecord,
        action: LaneStateMachine.Action
    ) async throws {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            try await Self.log(failed, of: claim, on: connection)
            try await Self.restartHeartbeat(claim, after: failed, on: connection)
            if case .batch = failed.work {
                try await Self.keepBatch(of: claim, failed, action, on: connection)
            } else {
                try await Self.refuseNotice(of: claim, failed, action, on: connection)
            }
            try await Self.resetTimer(claim, on: connection)
        }
    }

    /// What follows from a refused message that is no batch of the live lane, which stays as it is.
    private static func refuseNotice(
        of claim: LaneClaim,
        _ failed: AttemptRecord,
        _ action: LaneStateMachine.Action,
        on connection: PostgresConnection
    ) async throws {
        switch failed.work {
        case .handshake: try await refuseActivation(claim, failed.outcome, on: connection)
        case .heartbeat:
            if try await heartbeatFailed(claim, on: connection) { try await show(.error, for: claim, on: connection) }
        case .resend(let job): try await jobFailed(job.id, action, on: connection)
        case .backfill(let job): try await jobFailed(job.id, action, on: connection)
        case .batch: break
        }
        if action == .switchOff { try await show(.off, for: claim, on: connection) }
        if action == .park || action == .switchOff {
            try await audit(failed, of: claim.subscription, .serverFault, on: connection)
        }
        try await connection.query(
            "UPDATE lane SET lease_owner = NULL, lease_until = NULL WHERE subscription_id = $1",
            [.uuid(claim.subscription.id.uuid)]
        )
    }

    private static func keepBatch(
        of claim: LaneClaim,
        _ failed: AttemptRecord,
        _ action: LaneStateMachine.Action,
        on connection: PostgresConnection
    ) async throws {
        var pause: Duration?
        switch action {
        case .split: return try await split(failed, of: claim, on: connection)
        case .setAside:
            try await audit(failed, of: claim.subscription, .serverFault, on: connection)
            try await tellOwner(of: claim, failed, action, on: connection)
            return try await setAside(failed, of: claim, on: connection)
        case .wait(let delay, let failing):
            pause = delay
            if failing { try await show(.error, for: claim, on: connection) }
        case .park:
            try await show(.error, for: claim, on: connection)
            try await audit(failed, of: claim.subscription, .serverFault, on: connection)
        case .switchOff:
            try await show(.off, for: claim, on: connection)
            try await audit(failed, of: claim.subscription, .serverFault, on: connection)
        case .advance:
            pause = .zero
        }
        // Without a pause the lane waits for an operator: a time that never comes.
        try await connection.query(
            """
            UPDATE lane SET attempt = attempt + 1, first_failure_at = coalesce(first_failure_at, now()),
                next_attempt_at = coalesce(now() + $2 * interval '1 millisecond', 'infinity'),
                asked_until = now() + $4::bigint * interval '1 millisecond',
                last_error = $3, lease_owner = NULL, lease_until = NULL
            WHERE subscription_id = $1
            """,
            [
                .uuid(claim.subscription.id.uuid),
                pause.map { .int8(Int64($0 / .milliseconds(1))) } ?? .typedNull(.int8),
                .text(failed.outcome.name),
                failed.outcome.pauseAskedFor.map { .int8(Int64($0 / .milliseconds(1))) } ?? .typedNull(.int8),
            ]
        )
        try await tellOwner(of: claim, failed, action, on: connection)
    }

    package func renew(_ claim: LaneClaim, lease: Duration) async throws {
        let renewed = try await pool.query(
            """
            UPDATE lane SET lease_until = now() + $3 * interval '1 millisecond'
            WHERE subscription_id = $1 AND lease_epoch = $2
            """,
            [.uuid(claim.subscription.id.uuid), .int8(claim.epoch), .int8(Int64(lease / .milliseconds(1)))]
        )
        guard renewed.affectedRows == 1 else { throw LaneLost() }
    }

    package func postpone(_ claim: LaneClaim, _ pause: LanePause) async throws {
        // Never sooner than a head that waits, or a lane that is parked.
        try await giveBack(claim, dueAt: "greatest(next_attempt_at, \(pause.sql("$3")))", [pause.parameter])
    }

    package func release(_ claim: LaneClaim) async throws {
        // Behind those that have not had their turn; a head that waits for its next attempt goes on waiting.
        try await giveBack(
            claim,
            dueAt: "CASE WHEN paused_at IS NULL THEN greatest(next_attempt_at, now()) ELSE 'infinity' END",
            []
        )
    }

    private func giveBack(_ claim: LaneClaim, dueAt: String, _ parameters: [PostgresValue]) async throws {
        let statement = """
            UPDATE lane SET next_attempt_at = \(dueAt), lease_owner = NULL, lease_until = NULL
            WHERE subscription_id = $1 AND lease_epoch = $2
            """
        let values: [PostgresValue] = [.uuid(claim.subscription.id.uuid), .int8(claim.epoch)] + parameters
        guard claim.needsTimer else {
            try await pool.query(statement, values)
            return
        }
        try await pool.withTransaction { connection in
            let given = try await connection.query(statement, values)
            if given.affectedRows > 0 { try await Self.resetTimer(claim, on: connection) }
        }
    }

    /// Locks the lane for this transaction, if it is still the claim's.
    static func lock(_ claim: LaneClaim, on connection: PostgresConnection) async throws -> LockedLane {
        let rows = try await connection.query(
            """
            SELECT l.delivered_through, l.single_through, l.batch_to, l.bundle_id, l.frozen_at, l.attempt,
                (extract(epoch FROM now() - l.first_failure_at) * 1000)::bigint AS failing_for,
                l.next_attempt_at <= now() AS due, l.next_attempt_at = 'infinity' AS parked, s.status,
                s.status <> 'off' AND l.paused_at IS NULL AND coalesce(s.end_at > now(), true) AS may_speak,
                coalesce(\(heartbeatDue) <= now(), false) AS heartbeat_due
            FROM lane l JOIN subscription s ON s.id = l.subscription_id
            WHERE l.subscription_id = $1 AND l.lease_epoch = $2 FOR NO KEY UPDATE OF l
            """,
            [.uuid(claim.subscription.id.uuid), .int8(claim.epoch)]
        )
        guard let row = rows.first else { throw LaneLost() }
        return LockedLane(
            deliveredThrough: try row.decode("delivered_through", as: Int64.self),
            singleThrough: try row.decode("single_through", as: Int64.self),
            batch: try frozenBatch(row),
            isDue: try row.decode("due", as: Bool.self),
            isParked: try row.decode("parked", as: Bool.self),
            status: try row.choice("status"),
            maySpeak: try row.decode("may_speak", as: Bool.self),
            isHeartbeatDue: try row.decode("heartbeat_due", as: Bool.self)
        )
    }

    static func head(of claim: LaneClaim, locked: Bool, on connection: PostgresConnection) async throws -> Int64 {
        let rows = try await connection.query(
            "SELECT last_number FROM subscription_head WHERE subscription_id = $1 \(locked ? "FOR SHARE" : "")",
            [.uuid(claim.subscription.id.uuid)]
        )
        return try rows.first?.decode("last_number", as: Int64.self) ?? 0
    }

    private static func show(
        _ status: Subscription.Status,
        for claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws {
        let changed = try await connection.query(
            // What the endpoint gives up by 410 is the server's doing: events are still recorded for a while (T-12).
            """
            UPDATE subscription SET status = $2, off_by = CASE $2 WHEN 'off' THEN 'server' END,
                off_at = CASE $2 WHEN 'off' THEN now() END
            WHERE id = $1 AND status NOT IN ($2, 'off')
            """,
            [.uuid(claim.subscription.id.uuid), .text(status.rawValue)]
        )
        if changed.affectedRows > 0, status == .off {
            try await announce([claim.subscription.id.uuid], on: connection)
        }
    }

    static func log(
        _ record: AttemptRecord,
        of claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            INSERT INTO delivery_attempt (subscription_id, first_number, last_number, attempt, started_at, milliseconds,
                outcome, http_status, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .uuid(claim.subscription.id.uuid),
                record.work.numbers.map { .int8($0.lowerBound) } ?? .typedNull(.int8),
                record.work.numbers.map { .int8($0.upperBound) } ?? .typedNull(.int8),
                .int4(Int32(record.attempt)), .timestamp(record.startedAt),
                .int4(Int32(clamping: Int64(record.duration / .milliseconds(1)))), .text(record.outcome.name),
                record.outcome.httpStatus.map { .int4(Int32($0)) } ?? .typedNull(.int4),
                .text(record.work.kind.rawValue),
            ]
        )
    }

    static func claim(_ row: PostgresRow) throws -> LaneClaim {
        LaneClaim(
            subscription: try subscription(row),
            origin: try row.decode("origin", as: String.self),
            policy: try row.choice("refusal_policy"),
            epoch: try row.decode("lease_epoch", as: Int64.self),
            deliveredThrough: try row.decode("delivered_through", as: Int64.self),
            work: try frozenBatch(row).map { .batch($0) }
        )
    }

    private static func frozenBatch(_ row: PostgresRow) throws -> FrozenBatch? {
        guard let last = try row.decode("batch_to", as: Int64?.self),
            let bundleID = try row.decode("bundle_id", as: UUID?.self),
            let frozenAt = try row.decode("frozen_at", as: Date?.self)
        else { return nil }
        return FrozenBatch(
            numbers: try row.decode("delivered_through", as: Int64.self) + 1...last,
            bundleID: bundleID,
            frozenAt: frozenAt,
            failures: try row.decode("attempt", as: Int.self),
            failingFor: .milliseconds(try row.decode("failing_for", as: Int64?.self) ?? 0)
        )
    }
}

/// A lane as it stands inside the transaction that has locked it.
struct LockedLane {
    private(set) var deliveredThrough: Int64
    /// Up to here events go one by one, for together they were refused (D-22).
    let singleThrough: Int64
    /// The frozen batch in hand.
    private(set) var batch: FrozenBatch?
    /// Whether its events may be tried now.
    private(set) var isDue: Bool
    let isParked: Bool
    let status: Subscription.Status
    /// Whether anything may be sent at all: it is on, not at its end, and nobody holds it.
    let maySpeak: Bool
    private(set) var isHeartbeatDue: Bool
    /// Whether the cursor is further than the table says.
    private(set) var hasMoved = false

    /// Whether the next event goes alone.
    var isSplit: Bool { deliveredThrough < singleThrough }

    init(
        deliveredThrough: Int64,
        singleThrough: Int64,
        batch: FrozenBatch?,
        isDue: Bool,
        isParked: Bool,
        status: Subscription.Status,
        maySpeak: Bool,
        isHeartbeatDue: Bool
    ) {
        self.deliveredThrough = deliveredThrough
        self.singleThrough = singleThrough
        self.batch = batch
        self.isDue = isDue
        self.isParked = isParked
        self.status = status
        self.maySpeak = maySpeak
        self.isHeartbeatDue = isHeartbeatDue
    }

    /// Takes an accepted batch off: its successor is due at once, and its message has been the sign of life.
    mutating func moveCursor(past accepted: FrozenBatch) {
        deliveredThrough = accepted.numbers.upperBound
        batch = nil
        isDue = true
        isHeartbeatDue = false
        hasMoved = true
    }
}

extension LanePause {
    /// The time when the pause is over, as SQL with the pause in milliseconds as parameter.
    func sql(_ parameter: String) -> String {
        switch self {
        case .after: "now() + \(parameter) * interval '1 millisecond'"
        case .untilNext:
            "to_timestamp((floor(extract(epoch FROM now()) * 1000 / \(parameter)) + 1) * \(parameter) / 1000)"
        }
    }

    /// The pause in milliseconds, at least one.
    var parameter: PostgresValue {
        switch self {
        case .after(let pause), .untilNext(let pause): .int8(max(1, Int64(pause / .milliseconds(1))))
        }
    }
}
