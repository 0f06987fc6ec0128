import Postgres

/// What `herald bench deliver` asks of a database that is its own.
extension PostgresStore {
    /// How far all lanes are together: events numbered, and accepted.
    package func deliveryTotals() async throws -> (numbered: Int, accepted: Int) {
        let rows = try await pool.query(
            """
            SELECT coalesce(sum(h.last_number), 0)::bigint AS numbered, coalesce(sum(l.delivered_through), 0)::bigint AS accepted
            FROM subscription_head h JOIN lane l ON l.subscription_id = h.subscription_id
            JOIN subscription s ON s.id = h.subscription_id WHERE s.reason <> 'away'
            """
        )
        return (
            try rows.first?.decode("numbered", as: Int.self) ?? 0, try rows.first?.decode("accepted", as: Int.self) ?? 0
        )
    }

    /// The delivery log's last line, to measure from.
    package func lastAttempt() async throws -> Int64 {
        try await pool.query("SELECT coalesce(max(id), 0) AS id FROM delivery_attempt").first?
            .decode("id", as: Int64.self) ?? 0
    }

    /// Milliseconds from the commit of events to their acceptance, over those accepted since a line of the delivery log.
    ///
    /// - Returns: Median, 99th percentile, and how many events; nil where there were none.
    package func deliveryDelays(after attempt: Int64) async throws -> (p50: Double, p99: Double, events: Int)? {
        let row = try await pool.query(
            """
            SELECT count(*) AS events,
                percentile_disc(0.5) WITHIN GROUP (ORDER BY d)::float8 AS p50,
                percentile_disc(0.99) WITHIN GROUP (ORDER BY d)::float8 AS p99
            FROM (
                SELECT extract(epoch FROM a.started_at - v.committed_at) * 1000 + a.milliseconds AS d
                FROM delivery_attempt a
                JOIN subscription_event se
                    ON se.subscription_id = a.subscription_id AND se.number BETWEEN a.first_number AND a.last_number
                JOIN immunization_version v ON v.immunization_id = se.record_id AND v.change = se.change
                WHERE a.id > $1 AND a.outcome = 'accepted'
            ) t
            """,
            [.int8(attempt)]
        ).first
        guard let row, let p50 = try row.decode("p50", as: Double?.self),
            let p99 = try row.decode("p99", as: Double?.self)
        else { return nil }
        return (p50, p99, try row.decode("events", as: Int.self))
    }
}

extension PostgresStore {
    /// Whether no feed is under way and no event waits to be routed.
    package func isQuiet() async throws -> Bool {
        let rows = try await pool.query(
            """
            SELECT NOT EXISTS (SELECT FROM outbox) AND NOT EXISTS (SELECT FROM feed WHERE finished_at IS NULL) AS quiet
            """
        )
        return try rows.first?.decode("quiet", as: Bool.self) ?? false
    }
}
