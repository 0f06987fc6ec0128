package import Deliveries
import Events
package import Foundation
import Postgres
package import Subscriptions

/// Handshakes and heartbeats: what a lane says besides events.
extension PostgresStore {
    package func claimTimedLanes(
        channel: Subscription.Channel,
        fullClients: [String],
        fullOrigins: [String],
        closedOrigins: [String],
        limit: Int,
        owner: UUID,
        lease: Duration
    ) async throws -> [LaneClaim] {
        let rows = try await pool.query(
            """
            WITH due AS MATERIALIZED (
                SELECT l.subscription_id FROM lane_timer t JOIN lane l ON l.subscription_id = t.subscription_id
                JOIN subscription s ON s.id = t.subscription_id AND s.status <> 'off'
                    AND (s.end_at IS NULL OR s.end_at > now()) AND s.client <> ALL($5) AND s.origin <> ALL($7)
                    AND (s.origin <> ALL($6) OR s.status = 'requested' OR \(Self.heartbeatDue) <= now())
                WHERE t.due_at <= now() AND l.channel = $1 AND (l.lease_until IS NULL OR l.lease_until < now())
                    AND l.paused_at IS NULL
                ORDER BY t.due_at LIMIT $2 FOR NO KEY UPDATE OF l SKIP LOCKED
            )
            \(Self.takeDue(owner: "$3", lease: "$4"))
            """,
            [
                .text(channel.rawValue), .int8(Int64(limit)), .uuid(owner), .int8(Int64(lease / .milliseconds(1))),
                .texts(fullClients), .texts(fullOrigins), .texts(closedOrigins),
            ]
        )
        return try rows.map { row in
            var claim = try Self.claim(row)
            // Its events may have to wait: what it says is decided inside its transaction.
            claim.work = nil
            claim.isTimed = true
            return claim
        }
    }

    /// When the next heartbeat is due, of a lane `l` with its subscription `s`; NULL for none.
    ///
    /// A tenth of the period early, ten seconds at most, so that no silence is longer than the period
    /// (`fhir-subscriptions.md` §7.6).
    static let heartbeatDue = """
        CASE WHEN s.heartbeat IS NOT NULL AND s.status IN ('active', 'error') AND l.paused_at IS NULL
                 AND l.next_attempt_at < 'infinity'
             THEN coalesce(l.spoke_at + make_interval(secs => s.heartbeat - least(s.heartbeat * 0.1, 10)), l.frozen_at, now())
        END
        """

    /// Any message restarts the heartbeat's clock, whatever became of it; by the database's clock.
    static func restartHeartbeat(
        _ claim: LaneClaim,
        after record: AttemptRecord,
        on connection: PostgresConnection
    ) async throws {
        guard claim.subscription.heartbeat != nil || record.work.kind == .handshake else { return }
        try await connection.query(
            "UPDATE lane SET spoke_at = now() - $2 * interval '1 millisecond' WHERE subscription_id = $1",
            [.uuid(claim.subscription.id.uuid), .int8(Int64(record.duration / .milliseconds(1)))]
        )
    }

    /// The endpoint has answered the handshake: the subscription is active from this transaction on, and so numbered (D-93).
    ///
    /// A lane that had stopped goes on with its oldest undelivered event (C-45).
    static func activate(_ claim: LaneClaim, on connection: PostgresConnection) async throws {
        let id = claim.subscription.id
        try await connection.query(
            """
            UPDATE lane SET attempt = 0, first_failure_at = NULL, last_error = NULL, next_attempt_at = now(),
                heartbeat_failures = 0
            WHERE subscription_id = $1
            """,
            [.uuid(id.uuid)]
        )
        let activated = try await connection.query(
            """
            UPDATE subscription SET status = 'active', activated_at = coalesce(activated_at, now()),
                status_text = CASE WHEN starts_with(status_text, '\(Subscription.gapText)') THEN status_text END,
                off_by = NULL, off_at = NULL
            WHERE id = $1 AND status = 'requested'
            """,
            [.uuid(id.uuid)]
        )
        guard activated.affectedRows > 0 else { return }
        try await markReady(id, on: connection)
        try await announce([id.uuid], on: connection)
    }

    /// The handshake failed: nothing more is tried until the client asks (`fhir-subscriptions.md` §5).
    static func refuseActivation(
        _ claim: LaneClaim,
        _ outcome: AttemptOutcome,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            UPDATE lane SET attempt = 1, last_error = $2, next_attempt_at = 'infinity' WHERE subscription_id = $1
            """,
            [.uuid(claim.subscription.id.uuid), .text(outcome.name)]
        )
        try await connection.query(
            """
            UPDATE subscription SET status = 'error',
                status_text = 'handshake failed: ' || $2 || to_char(now() AT TIME ZONE 'UTC', '" at "YYYY-MM-DD"T"HH24:MI:SS"Z"')
            WHERE id = $1 AND status = 'requested'
            """,
            [.uuid(claim.subscription.id.uuid), .text(outcome.words)]
        )
    }

    /// A heartbeat was answered: it has been the probe for a head that waits because its endpoint was away (D-24).
    ///
    /// A head whose content is refused stays on its own schedule: that the endpoint lives says nothing about it.
    static func heartbeatAccepted(_ claim: LaneClaim, on connection: PostgresConnection) async throws {
        let lane = try await connection.query(
            """
            UPDATE lane SET heartbeat_failures = 0, last_error = CASE WHEN attempt > 0 THEN last_error END,
                next_attempt_at = CASE
                    WHEN attempt > 0 AND last_error = ANY($2) THEN least(next_attempt_at, greatest(now(), asked_until))
                    ELSE next_attempt_at END
            WHERE subscription_id = $1 RETURNING attempt
            """,
            [
                .uuid(claim.subscription.id.uuid),
                .texts(["error-response", "no-response", "dns-resolution-error"]),
            ]
        ).first
        guard try lane?.decode("attempt", as: Int.self) == 0 else { return }
        try await connection.query(
            "UPDATE subscription SET status = 'active' WHERE id = $1 AND status = 'error'",
            [.uuid(claim.subscription.id.uuid)]
        )
    }

    /// A heartbeat was not answered: it is not tried again, the next one is due anyway.
    ///
    /// - Returns: Whether the subscriber is to be shown that its endpoint fails (`delivery.md` §5).
    static func heartbeatFailed(_ claim: LaneClaim, on connection: PostgresConnection) async throws -> Bool {
        let lane = try await connection.query(
            "UPDATE lane SET heartbeat_failures = heartbeat_failures + 1 WHERE subscription_id = $1 RETURNING heartbeat_failures",
            [.uuid(claim.subscription.id.uuid)]
        ).first
        return try lane?.decode("heartbeat_failures", as: Int.self) ?? 0 >= 5
    }

    /// Sets the lane's timer to what is due next besides its events, when the lane is given back.
    static func resetTimer(_ claim: LaneClaim, on connection: PostgresConnection) async throws {
        guard claim.needsTimer else { return }
        let id: [PostgresValue] = [.uuid(claim.subscription.id.uuid)]
        // Whoever files a job writes the job first, then the timer: with the timer locked, the job is seen, or its timer is
        // written after this.
        try await connection.query("SELECT FROM lane_timer WHERE subscription_id = $1 FOR UPDATE", id)
        let row = try await connection.query(
            """
            SELECT CASE WHEN s.status = 'requested' AND l.paused_at IS NULL THEN now() ELSE least(
                \(heartbeatDue),
                -- Behind a head that waits; in front of one that is parked.
                (SELECT greatest(
                    min(j.next_attempt_at),
                    CASE WHEN l.attempt > 0 AND l.next_attempt_at < 'infinity' THEN l.next_attempt_at END
                 ) FROM delivery_job j
                 WHERE j.subscription_id = l.subscription_id AND j.finished_at IS NULL
                   AND s.status IN ('active', 'error') AND l.paused_at IS NULL
                   AND (j.kind = 'resend' OR l.next_attempt_at < 'infinity'))
            ) END AS due
            FROM lane l JOIN subscription s ON s.id = l.subscription_id WHERE l.subscription_id = $1
            """,
            id
        ).first
        guard let due = try row?.decode("due", as: Date?.self) else {
            try await connection.query("DELETE FROM lane_timer WHERE subscription_id = $1", id)
            return
        }
        try await connection.query(
            """
            INSERT INTO lane_timer (subscription_id, due_at) VALUES ($1, $2)
            ON CONFLICT (subscription_id) DO UPDATE SET due_at = excluded.due_at
            """,
            id + [.timestamp(due)]
        )
    }
}

extension AttemptOutcome {
    /// The outcome for the subscriber to read: a class and the status, never the endpoint's words (D-75).
    var words: String { httpStatus.map { "HTTP \($0) from the endpoint" } ?? name }
}
