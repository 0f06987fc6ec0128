package import Deliveries
import Events
import Foundation
import Postgres
import Subscriptions

/// Files of runs on their way.
extension PostgresStore {
    package func nextMessage(of claim: LaneClaim) async throws -> FeedMessage? {
        let rows = try await pool.query(
            """
            SELECT \(Self.runColumns), m.local_id, m.attempts, f.name, f.vaccine_type IS NULL AS is_manifest, f.bytes,
                f.sha256, s.failures
            FROM feed_message m
            JOIN lane l ON l.subscription_id = m.subscription_id AND l.lease_epoch = $2
            JOIN feed_state s ON s.subscription_id = m.subscription_id AND s.stop IS NULL AND s.next_send_at <= now()
            JOIN feed_file f ON (f.subscription_id, f.sequence, f.position) = (m.subscription_id, m.sequence, m.position)
            JOIN feed_run r ON (r.subscription_id, r.sequence) = (m.subscription_id, m.sequence)
            WHERE m.subscription_id = $1 AND m.state = 'waiting'
            ORDER BY m.sequence, m.round, m.position LIMIT 1
            """,
            [.uuid(claim.subscription.id.uuid), .int8(claim.epoch)]
        )
        return try rows.first.map { row in
            FeedMessage(
                run: try Self.run(row),
                localID: try row.decode("local_id", as: String.self),
                name: try row.decode("name", as: String.self),
                isManifest: try row.decode("is_manifest", as: Bool.self),
                bytes: try row.decode("bytes", as: Int.self),
                sha256: try row.decode("sha256", as: String.self),
                attempts: try row.decode("attempts", as: Int.self),
                failures: try row.decode("failures", as: Int.self)
            )
        }
    }

    package func beginAttempt(_ message: FeedMessage, of claim: LaneClaim) async throws {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            try await connection.query(
                "UPDATE feed_message SET attempts = attempts + 1 WHERE local_id = $1",
                [.text(message.localID)]
            )
        }
    }

    @discardableResult
    package func accept(_ message: FeedMessage, of claim: LaneClaim, _ receipt: FeedReceipt) async throws -> Bool {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            let id: PostgresValue = .uuid(claim.subscription.id.uuid)
            try await connection.query(
                """
                UPDATE feed_message SET state = 'accepted', accepted_at = now(), message_id = $2, duplicates = $3,
                    trouble = NULL
                WHERE local_id = $1 AND state = 'waiting'
                """,
                [.text(message.localID), .text(optional: receipt.messageID), .int4(Int32(receipt.duplicates))]
            )
            try await connection.query(
                "UPDATE feed_state SET failures = 0, trouble = NULL WHERE subscription_id = $1 AND failures > 0",
                [id]
            )
            let sent = try await connection.query(
                """
                UPDATE feed_run r SET sent_at = coalesce(sent_at, now())
                WHERE subscription_id = $1 AND sequence = $2 AND NOT EXISTS (
                    SELECT FROM feed_message m
                    WHERE m.subscription_id = $1 AND m.sequence = $2 AND m.state = 'waiting'
                )
                """,
                [id, .int8(message.run.sequence)]
            )
            return sent.affectedRows > 0
        }
    }

    package func postpone(
        _ message: FeedMessage,
        of claim: LaneClaim,
        for pause: Duration,
        trouble: String,
        stop: FeedStop?
    ) async throws {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            try await connection.query(
                "UPDATE feed_message SET trouble = $2 WHERE local_id = $1",
                [.text(message.localID), .text(trouble)]
            )
            try await connection.query(
                """
                UPDATE feed_state SET failures = failures + 1, trouble = $2,
                    next_send_at = now() + $3 * interval '1 millisecond'
                WHERE subscription_id = $1
                """,
                [.uuid(claim.subscription.id.uuid), .text(trouble), .int8(Int64(pause / .milliseconds(1)))]
            )
            if let stop { try await Self.stop(claim.subscription, stop, trouble, on: connection) }
        }
    }

    package func files(of run: FrozenRun, _ claim: LaneClaim) async throws -> [WrittenRun.File] {
        let rows = try await pool.query(
            """
            SELECT f.name, m.local_id, f.vaccine_type, f.part, f.row_count, f.bytes, f.sha256 FROM feed_file f
            JOIN feed_message m ON (m.subscription_id, m.sequence, m.position, m.round)
                = (f.subscription_id, f.sequence, f.position, 0)
            WHERE f.subscription_id = $1 AND f.sequence = $2 ORDER BY f.position
            """,
            [.uuid(claim.subscription.id.uuid), .int8(run.sequence)]
        )
        return try rows.map { row in
            WrittenRun.File(
                name: try row.decode("name", as: String.self),
                localID: try row.decode("local_id", as: String.self),
                vaccineType: try row.decode("vaccine_type", as: String?.self),
                part: try row.decode("part", as: Int?.self),
                rows: try row.decode("row_count", as: Int.self),
                bytes: try row.decode("bytes", as: Int.self),
                sha256: try row.decode("sha256", as: String.self)
            )
        }
    }

    package func expiredRuns(of claim: LaneClaim, olderThan age: Duration) async throws -> [ExpiredRun] {
        let rows = try await pool.query(
            """
            SELECT r.sequence, array(
                SELECT f.name FROM feed_file f
                WHERE f.subscription_id = r.subscription_id AND f.sequence = r.sequence ORDER BY f.position
            ) AS names
            FROM feed_run r
            WHERE r.subscription_id = $1 AND r.removed_at IS NULL AND r.sent_at IS NOT NULL
                AND r.written_at < now() - $2 * interval '1 second'
                AND r.sequence < (SELECT max(sequence) FROM feed_run WHERE subscription_id = $1)
            ORDER BY r.sequence LIMIT 100
            """,
            [.uuid(claim.subscription.id.uuid), .int8(age.components.seconds)]
        )
        return try rows.map { row in
            ExpiredRun(
                sequence: try row.decode("sequence", as: Int64.self),
                names: try row.decode("names", as: [String].self)
            )
        }
    }

    package func markRemoved(_ run: ExpiredRun, of claim: LaneClaim) async throws {
        try await pool.withTransaction { connection in
            let key: [PostgresValue] = [.uuid(claim.subscription.id.uuid), .int8(run.sequence)]
            try await connection.query(
                "UPDATE feed_run SET removed_at = now() WHERE subscription_id = $1 AND sequence = $2",
                key
            )
            try await connection.query(
                "DELETE FROM feed_row_failure WHERE subscription_id = $1 AND sequence = $2",
                key
            )
        }
    }

    package func rest(_ claim: LaneClaim) async throws {
        try await pool.withTransaction { connection in
            // Locked in a statement of its own: an operator's order that this has waited for must be seen by the next one.
            _ = try await Self.lock(claim, on: connection)
            try await connection.query(
                """
                UPDATE lane l SET lease_owner = NULL, lease_until = NULL, last_error = coalesce(s.stop_detail, s.trouble),
                    next_attempt_at = CASE
                        WHEN l.paused_at IS NOT NULL THEN 'infinity'
                        WHEN s.stop = 'restored' THEN now() + interval '1 minute'
                        WHEN s.full_by IS NOT NULL THEN now()
                        ELSE least(s.next_run_at, CASE WHEN s.stop IS NULL AND EXISTS (
                            SELECT FROM feed_message m WHERE m.subscription_id = $1 AND m.state = 'waiting'
                        ) THEN s.next_send_at END)
                    END
                FROM feed_state s
                WHERE l.subscription_id = $1 AND s.subscription_id = $1
                """,
                [.uuid(claim.subscription.id.uuid)]
            )
        }
    }
}
