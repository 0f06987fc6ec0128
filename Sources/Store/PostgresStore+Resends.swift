package import Access
package import Deliveries
import Events
import Foundation
import Postgres
import Subscriptions

/// The side lane: events that are asked for again (D-23).
extension PostgresStore {
    /// The next notification of the oldest job that is open, frozen before its first attempt.
    static func nextResend(
        _ claim: LaneClaim,
        bundleID: UUID,
        on connection: PostgresConnection
    ) async throws -> ResendJob? {
        // Jobs go one after the other: one that waits is not overtaken.
        let rows = try await connection.query(
            """
            SELECT j.id, j.batch_to, j.bundle_id, j.frozen_at, j.attempt, j.next_attempt_at <= now() AS due,
                (extract(epoch FROM now() - j.first_failure_at) * 1000)::bigint AS failing_for, r.first, r.last
            FROM delivery_job j CROSS JOIN LATERAL (
                SELECT lower(r) AS first, upper(r) - 1 AS last FROM unnest(j.numbers) r ORDER BY 1 LIMIT 1
            ) r
            WHERE j.subscription_id = $1 AND j.kind = 'resend' AND j.finished_at IS NULL
            ORDER BY j.created_at, j.id LIMIT 1 FOR UPDATE OF j
            """,
            [.uuid(claim.subscription.id.uuid)]
        )
        guard let row = rows.first, try row.decode("due", as: Bool.self) else { return nil }
        let id = try row.decode("id", as: UUID.self)
        let first = try row.decode("first", as: Int64.self)
        if let last = try row.decode("batch_to", as: Int64?.self),
            let bundleID = try row.decode("bundle_id", as: UUID?.self),
            let frozenAt = try row.decode("frozen_at", as: Date?.self)
        {
            let batch = FrozenBatch(
                numbers: first...last,
                bundleID: bundleID,
                frozenAt: frozenAt,
                failures: try row.decode("attempt", as: Int.self),
                failingFor: .milliseconds(try row.decode("failing_for", as: Int64?.self) ?? 0)
            )
            return ResendJob(id: id, batch: batch)
        }
        let last = min(try row.decode("last", as: Int64.self), first + Int64(claim.subscription.maxCount) - 1)
        let frozen = try await connection.query(
            """
            UPDATE delivery_job SET batch_to = $2, bundle_id = $3, frozen_at = now(), attempt = 0, first_failure_at = NULL
            WHERE id = $1 RETURNING frozen_at
            """,
            [.uuid(id), .int8(last), .uuid(bundleID)]
        )
        guard let frozenAt = try frozen.first?.decode("frozen_at", as: Date.self) else { return nil }
        return ResendJob(id: id, batch: FrozenBatch(numbers: first...last, bundleID: bundleID, frozenAt: frozenAt))
    }

    package func recheck(_ job: ResendJob, of claim: LaneClaim, readable: PermittedTypes) async throws -> Bool {
        guard case .only(let types) = readable else { return true }
        return try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            let changed = try await connection.query(
                """
                UPDATE delivery_job j SET numbers = j.numbers - u.numbers, withheld = j.withheld + u.events, batch_to = NULL,
                    bundle_id = NULL, frozen_at = NULL, attempt = 0, first_failure_at = NULL
                FROM (
                    SELECT range_agg(int8range(se.number, se.number, '[]')) AS numbers, count(*) AS events
                    FROM subscription_event se
                    JOIN immunization_version v ON v.immunization_id = se.record_id AND v.change = se.change
                    WHERE se.subscription_id = $2 AND se.number BETWEEN $3 AND $4 AND v.vaccine_type <> ALL($5)
                ) u
                WHERE j.id = $1 AND j.finished_at IS NULL AND u.events > 0
                """,
                [
                    .uuid(job.id), .uuid(claim.subscription.id.uuid), .int8(job.batch.numbers.lowerBound),
                    .int8(job.batch.numbers.upperBound), .texts(types.sorted()),
                ]
            )
            try await Self.finishEmpty(job, on: connection)
            return changed.affectedRows == 0
        }
    }

    package func shorten(_ job: ResendJob, of claim: LaneClaim, through last: Int64) async throws -> ResendJob {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            try await connection.query(
                "UPDATE delivery_job SET batch_to = $2 WHERE id = $1",
                [.uuid(job.id), .int8(last)]
            )
            var job = job
            job.batch.numbers = job.batch.numbers.lowerBound...last
            return job
        }
    }

    /// Ends a job that has nothing left to send.
    private static func finishEmpty(_ job: ResendJob, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE delivery_job SET finished_at = now(), outcome = 'done'
            WHERE id = $1 AND isempty(numbers) AND finished_at IS NULL
            """,
            [.uuid(job.id)]
        )
    }

    /// Takes the accepted notification off its job; what it brought is no dead letter any more.
    static func resendAccepted(
        _ job: ResendJob,
        _ claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws {
        let numbers = job.batch.numbers
        try await connection.query(
            """
            UPDATE delivery_job SET numbers = numbers - int8multirange(int8range($2, $3, '[]')), batch_to = NULL,
                bundle_id = NULL, frozen_at = NULL, attempt = 0, first_failure_at = NULL,
                sent = sent + $3 - $2 + 1, next_attempt_at = now() + pause_ms * interval '1 millisecond'
            WHERE id = $1
            """,
            [.uuid(job.id), .int8(numbers.lowerBound), .int8(numbers.upperBound)]
        )
        try await finishEmpty(job, on: connection)
        try await connection.query(
            "DELETE FROM delivery_dead WHERE subscription_id = $1 AND number BETWEEN $2 AND $3",
            [.uuid(claim.subscription.id.uuid), .int8(numbers.lowerBound), .int8(numbers.upperBound)]
        )
    }

    /// Keeps the notification for another attempt, or ends the job; the live lane and its state are as they were.
    static func jobFailed(
        _ job: UUID,
        _ action: LaneStateMachine.Action,
        on connection: PostgresConnection
    ) async throws {
        guard case .wait(let pause, _) = action else {
            try await connection.query(
                "UPDATE delivery_job SET finished_at = now(), outcome = 'failed' WHERE id = $1 AND finished_at IS NULL",
                [.uuid(job)]
            )
            return
        }
        try await connection.query(
            """
            UPDATE delivery_job SET attempt = attempt + 1, first_failure_at = coalesce(first_failure_at, now()),
                next_attempt_at = now() + $2 * interval '1 millisecond'
            WHERE id = $1
            """,
            [.uuid(job), .int8(Int64(pause / .milliseconds(1)))]
        )
    }
}
