import Access
package import Deliveries
import Foundation
import Postgres

/// What operators see of the feed and order of it; every order is audited with its reason (N-35).
extension PostgresStore {
    /// How the feed stands, with its latest runs.
    ///
    /// - Parameters:
    ///   - limit: Runs at most.
    ///   - workflow: The one that answers come on, to show what is none; nil shows none.
    /// - Returns: The overview; nil where there is no feed.
    /// - Throws: Errors of the store.
    package func feedOverview(limit: Int, answers workflow: String? = nil) async throws -> FeedOverview? {
        guard
            let row = try await pool.query(
                """
                SELECT s.id, s.endpoint, f.stop, f.stop_detail, f.stopped_at, f.trouble, f.full_by,
                    nullif(f.next_run_at, '-infinity') AS next_run_at
                FROM subscription s LEFT JOIN feed_state f ON f.subscription_id = s.id WHERE s.audience = 'nis'
                """
            ).first
        else { return nil }
        let id = try row.decode("id", as: UUID.self)
        var overview = FeedOverview(
            endpoint: try row.decode("endpoint", as: String.self),
            stop: try row.decode("stop", as: String?.self),
            stopDetail: try row.decode("stop_detail", as: String?.self),
            stoppedAt: try row.decode("stopped_at", as: Date?.self),
            trouble: try row.decode("trouble", as: String?.self),
            nextRunAt: try row.decode("next_run_at", as: Date?.self),
            fullAskedBy: try row.decode("full_by", as: String?.self),
            runs: try await feedRuns(of: id, limit: limit),
            held: try await heldRows(of: id, limit: limit)
        )
        if let workflow { overview.unknownAnswers = try await unknownAnswers(workflow, limit: limit) }
        return overview
    }

    private func unknownAnswers(_ workflow: String, limit: Int) async throws -> [UnknownAnswerView] {
        let rows = try await pool.query(
            """
            SELECT id, sender, file_name, received_at FROM incoming_letter
            WHERE workflow = $1 AND outcome = $2 ORDER BY received_at DESC LIMIT $3
            """,
            [.text(workflow), .text(FeedAnswerReader.unknownOutcome), .int8(Int64(limit))]
        )
        return try rows.map { row in
            UnknownAnswerView(
                messageID: try row.decode("id", as: String.self),
                sender: try row.decode("sender", as: String?.self),
                fileName: try row.decode("file_name", as: String?.self),
                receivedAt: try row.decode("received_at", as: Date.self)
            )
        }
    }

    private func feedRuns(of id: UUID, limit: Int) async throws -> [FeedRunView] {
        let rows = try await pool.query(
            """
            SELECT r.sequence, r.kind, r.from_event, r.to_event, r.started_at, r.sent_at, r.held_back, f.files, f.rows,
                f.failed, m.resends,
                CASE WHEN r.written_at IS NULL THEN 'writing' WHEN f.refused THEN 'refused'
                    WHEN m.undelivered THEN 'uncollected' WHEN r.sent_at IS NULL OR m.waiting THEN 'sending'
                    WHEN f.received THEN 'received'
                    WHEN r.mailbox IS NOT NULL AND f.files > 1 AND r.sent_at < now() - interval '24 hours' THEN 'silent'
                    ELSE 'sent' END AS state
            FROM feed_run r
            CROSS JOIN LATERAL (
                SELECT count(*) AS files, coalesce(sum(row_count) FILTER (WHERE vaccine_type IS NOT NULL), 0)::bigint AS rows,
                    coalesce(sum(failed_rows), 0)::bigint AS failed,
                    coalesce(bool_or(answer = 'refused'), false) AS refused,
                    coalesce(bool_and(answer = 'received') FILTER (WHERE vaccine_type IS NOT NULL), false) AS received
                FROM feed_file f WHERE f.subscription_id = r.subscription_id AND f.sequence = r.sequence
            ) f
            CROSS JOIN LATERAL (
                SELECT coalesce(max(m.round), 0) AS resends, coalesce(bool_or(m.state = 'waiting'), false) AS waiting,
                    coalesce(bool_or(m.state = 'undelivered' AND m.round = last.round), false) AS undelivered
                FROM feed_message m,
                    (SELECT max(x.round) AS round FROM feed_message x
                     WHERE x.subscription_id = r.subscription_id AND x.sequence = r.sequence) last
                WHERE m.subscription_id = r.subscription_id AND m.sequence = r.sequence
            ) m
            WHERE r.subscription_id = $1 ORDER BY r.sequence DESC LIMIT $2
            """,
            [.uuid(id), .int8(Int64(limit))]
        )
        return try rows.map { row in
            FeedRunView(
                sequence: try row.decode("sequence", as: Int64.self),
                kind: try row.decode("kind", as: String.self),
                state: try row.choice("state"),
                fromEvent: try row.decode("from_event", as: Int64.self),
                toEvent: try row.decode("to_event", as: Int64.self),
                startedAt: try row.decode("started_at", as: Date.self),
                sentAt: try row.decode("sent_at", as: Date?.self),
                files: try row.decode("files", as: Int.self),
                rows: try row.decode("rows", as: Int.self),
                heldBack: try row.decode("held_back", as: Int.self),
                failedRows: try row.decode("failed", as: Int.self),
                resends: try row.decode("resends", as: Int.self)
            )
        }
    }

    private func heldRows(of id: UUID, limit: Int) async throws -> [HeldRowView] {
        let rows = try await pool.query(
            """
            SELECT number, record_id, sequence, columns FROM feed_held
            WHERE subscription_id = $1 AND released_in IS NULL ORDER BY sequence DESC, number LIMIT $2
            """,
            [.uuid(id), .int8(Int64(limit))]
        )
        return try rows.map { row in
            HeldRowView(
                number: try row.decode("number", as: Int64.self),
                recordID: try row.decode("record_id", as: UUID.self),
                run: try row.decode("sequence", as: Int64.self),
                columns: try row.decode("columns", as: [String].self)
            )
        }
    }

    /// The files of a run.
    ///
    /// - Throws: ``FeedOrderError``, and errors of the store.
    package func feedFiles(of run: Int64) async throws -> [FeedFileView] {
        let rows = try await pool.query(
            """
            SELECT f.subscription_id, f.position, f.name, f.row_count, f.bytes, f.sha256, f.answer, m.state, m.local_id,
                m.message_id, m.trouble
            FROM subscription s JOIN feed_file f ON f.subscription_id = s.id
            CROSS JOIN LATERAL (
                SELECT * FROM feed_message m
                WHERE (m.subscription_id, m.sequence, m.position) = (f.subscription_id, f.sequence, f.position)
                ORDER BY m.round DESC LIMIT 1
            ) m
            WHERE s.audience = 'nis' AND f.sequence = $1 ORDER BY f.position
            """,
            [.int8(run)]
        )
        guard !rows.isEmpty else { throw FeedOrderError.noRun(run) }
        let failures = try await rowFailures(of: run)
        return try rows.map { row in
            FeedFileView(
                name: try row.decode("name", as: String.self),
                rows: try row.decode("row_count", as: Int.self),
                bytes: try row.decode("bytes", as: Int64.self),
                sha256: try row.decode("sha256", as: String.self),
                state: try row.decode("state", as: String.self),
                localID: try row.decode("local_id", as: String.self),
                messageID: try row.decode("message_id", as: String?.self),
                trouble: try row.decode("trouble", as: String?.self),
                answer: try row.decode("answer", as: String?.self),
                failures: failures[try row.decode("position", as: Int.self)] ?? []
            )
        }
    }

    private func rowFailures(of run: Int64) async throws -> [Int: [FeedRowFailureView]] {
        let rows = try await pool.query(
            """
            SELECT e.position, e.row_number, e.record_id, e.outcome FROM subscription s
            JOIN feed_row_failure e ON e.subscription_id = s.id
            WHERE s.audience = 'nis' AND e.sequence = $1 ORDER BY e.position, e.row_number LIMIT 10000
            """,
            [.int8(run)]
        )
        return try Dictionary(grouping: rows) { try $0.decode("position", as: Int.self) }.mapValues { rows in
            try rows.map { row in
                FeedRowFailureView(
                    row: try row.decode("row_number", as: Int64.self),
                    recordID: try row.decode("record_id", as: UUID?.self),
                    outcome: try row.decode("outcome", as: String.self)
                )
            }
        }
    }

    /// Asks for a full extract; a feed that is stopped goes on with it, and run numbers skip those that were noted outside
    /// (N-32, N-34).
    package func requestFullExtract(by person: String, reason: String) async throws {
        try await order("full extract", reason) { id, connection in
            try await connection.query(
                """
                UPDATE feed_state SET full_by = $2, full_reason = $3, last_number = greatest(last_number, noted_number),
                    stop = NULL, stop_detail = NULL, stopped_at = NULL, next_send_at = '-infinity'
                WHERE subscription_id = $1
                """,
                [.uuid(id), .text(person), .text(reason)]
            )
        }
    }

    /// Sends runs again in their order, with the same bytes and names (N-30, N-31); what was not sent yet is sent as it is.
    ///
    /// - Parameters:
    ///   - first: The first run.
    ///   - last: The last one; nil for all that follow.
    ///   - reason: For the audit trail.
    /// - Returns: The runs.
    /// - Throws: ``FeedOrderError``, and errors of the store.
    @discardableResult
    package func resendRuns(from first: Int64, through last: Int64?, reason: String) async throws -> [Int64] {
        let what = last.map { first == $0 ? "run \(first)" : "runs \(first) to \($0)" } ?? "runs from \(first) on"
        return try await order("\(what) again", reason) { id, connection in
            let runs = try await connection.query(
                """
                SELECT r.sequence, r.removed_at IS NOT NULL AS is_removed, r.sent_at IS NOT NULL AND NOT EXISTS (
                    SELECT FROM feed_message m
                    WHERE m.subscription_id = $1 AND m.sequence = r.sequence AND m.state = 'waiting'
                ) AS is_sent
                FROM feed_run r WHERE r.subscription_id = $1 AND r.sequence >= $2
                    AND ($3::bigint IS NULL OR r.sequence <= $3) ORDER BY r.sequence
                """,
                [.uuid(id), .int8(first), .int8(optional: last)]
            )
            guard try runs.first?.decode("sequence", as: Int64.self) == first else { throw FeedOrderError.noRun(first) }
            for run in runs where try run.decode("is_removed", as: Bool.self) {
                throw FeedOrderError.deleted(try run.decode("sequence", as: Int64.self))
            }
            let sent = try runs.filter { try $0.decode("is_sent", as: Bool.self) }
                .map { try $0.decode("sequence", as: Int64.self) }
            guard !sent.isEmpty else { throw FeedOrderError.notSent(first) }
            try await connection.query(
                """
                INSERT INTO feed_message (subscription_id, sequence, position, round, local_id)
                SELECT m.subscription_id, m.sequence, m.position, last.round + 1, m.local_id || '.r' || last.round + 1
                FROM feed_message m
                CROSS JOIN LATERAL (
                    SELECT max(x.round) AS round FROM feed_message x
                    WHERE x.subscription_id = m.subscription_id AND x.sequence = m.sequence
                ) last
                WHERE m.subscription_id = $1 AND m.sequence = ANY($2) AND m.round = 0
                """,
                [.uuid(id), .int8s(sent)]
            )
            try await connection.query(
                """
                UPDATE feed_file SET answer = NULL, answered_at = NULL, failed_rows = NULL
                WHERE subscription_id = $1 AND sequence = ANY($2)
                """,
                [.uuid(id), .int8s(sent)]
            )
            try await Self.goOn(id, on: connection)
            return sent
        }
    }

    /// Lets a feed that is stopped go on with what waits.
    package func resumeFeed(reason: String) async throws {
        try await order("feed resumed", reason) { id, connection in
            let stopped = try await connection.query(
                "SELECT FROM feed_state WHERE subscription_id = $1 AND stop IS NOT NULL",
                [.uuid(id)]
            )
            guard !stopped.isEmpty else { throw FeedOrderError.notStopped }
            try await Self.goOn(id, on: connection)
        }
    }

    /// Stops sending; runs go on to be made.
    package func stopFeed(by person: String, reason: String) async throws {
        try await order("feed stopped", reason) { id, connection in
            try await connection.query(
                """
                UPDATE feed_state SET stop = 'operator', stop_detail = $2, stopped_at = now()
                WHERE subscription_id = $1 AND stop IS NULL
                """,
                [.uuid(id), .text("\(person): \(reason)")]
            )
        }
    }

    private static func goOn(_ id: UUID, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE feed_state SET stop = NULL, stop_detail = NULL, stopped_at = NULL, next_send_at = '-infinity', failures = 0
            WHERE subscription_id = $1 AND stop IS DISTINCT FROM 'restored'
            """,
            [.uuid(id)]
        )
        let restored = try await connection.query(
            "SELECT FROM feed_state WHERE subscription_id = $1 AND stop = 'restored'",
            [.uuid(id)]
        )
        if !restored.isEmpty { throw FeedOrderError.restored }
    }

    /// Carries out an order with its audit record, and wakes the courier.
    @discardableResult
    private func order<Value>(
        _ what: String,
        _ reason: String,
        _ body: (UUID, PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await pool.withTransaction { connection in
            // Lanes first, as couriers lock them.
            let feeds = try await connection.query(
                """
                SELECT l.subscription_id AS id FROM lane l JOIN subscription s ON s.id = l.subscription_id
                WHERE s.audience = 'nis' FOR NO KEY UPDATE OF l
                """
            )
            guard let id = try feeds.first?.decode("id", as: UUID.self) else { throw FeedOrderError.noFeed }
            try await connection.query(
                "INSERT INTO feed_state (subscription_id) VALUES ($1) ON CONFLICT DO NOTHING",
                [.uuid(id)]
            )
            let value = try await body(id, connection)
            try await record(
                "national feed: \(what), for: \(reason)",
                of: AuditedResource("Subscription", id: "\(id)".lowercased()),
                on: connection
            )
            try await connection.query(
                """
                UPDATE lane SET next_attempt_at = CASE WHEN paused_at IS NULL THEN now() ELSE 'infinity' END
                WHERE subscription_id = $1
                """,
                [.uuid(id)]
            )
            return value
        }
    }
}
