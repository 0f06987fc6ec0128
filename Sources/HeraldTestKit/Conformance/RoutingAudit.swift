package import Postgres
package import Testing

/// What must hold in the tables once the log is drained, whatever happened on the way (D-02, D-05, D-92).
package struct RoutingAudit: Sendable {
    private let pool: PostgresPool

    /// An audit of this database.
    package init(_ pool: PostgresPool) { self.pool = pool }

    /// How many changes have been routed so far.
    package func routedCount() async throws -> Int { try await pool.count("SELECT count(*) FROM event") }

    /// Waits until every committed change is routed.
    package func waitUntilRouted(
        within limit: Duration = .seconds(60),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually(within: limit, "routing of all changes", sourceLocation: sourceLocation) {
            try await pool.count(
                """
                SELECT (SELECT count(*) FROM immunization_version) - (SELECT count(*) FROM event)
                    + (SELECT count(*) FROM outbox)
                """
            ) == 0
        }
    }

    /// Checks everything; call it when nobody routes any more.
    package func check(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for (claim, violations) in Self.violations {
            let count = try await pool.count("SELECT count(*) FROM (\(violations)) v")
            #expect(count == 0, "\(claim)", sourceLocation: sourceLocation)
        }
    }

    private static let violations = [
        (
            "every change has its event",
            """
            SELECT FROM immunization_version v
            WHERE NOT EXISTS (SELECT FROM event e WHERE e.record_id = v.immunization_id AND e.change = v.change)
            """
        ),
        (
            "every event has its change",
            """
            SELECT FROM event e
            WHERE NOT EXISTS (SELECT FROM immunization_version v WHERE v.immunization_id = e.record_id AND v.change = e.change)
            """
        ),
        ("nothing is left in the outbox", "SELECT FROM outbox"),
        (
            "an event's matches are its entries",
            """
            SELECT FROM event e WHERE e.matches <>
                (SELECT count(*) FROM subscription_event s WHERE s.record_id = e.record_id AND s.change = e.change)
            """
        ),
        (
            "numbers run from 1 to the head without gaps",
            """
            SELECT FROM subscription_head h LEFT JOIN (
                SELECT subscription_id, count(*) AS entries, min(number) AS first, max(number) AS last
                FROM subscription_event GROUP BY subscription_id) e USING (subscription_id)
            WHERE h.last_number <> coalesce(e.entries, 0) OR h.last_number <> coalesce(e.last, 0) OR e.first > 1
            """
        ),
        (
            "a record's changes are numbered in their order",
            """
            SELECT FROM (
                SELECT change, lag(change) OVER (PARTITION BY subscription_id, record_id ORDER BY number) AS before
                FROM subscription_event) o
            WHERE o.change <= o.before
            """
        ),
        (
            "who takes everything has everything",
            """
            SELECT FROM immunization_version v JOIN subscription s ON s.audience = 'nis' AND s.filter = '{}'
            WHERE NOT EXISTS (
                SELECT FROM subscription_event e
                WHERE e.subscription_id = s.id AND e.record_id = v.immunization_id AND e.change = v.change)
            """
        ),
        (
            "who has entries that are not delivered is on the ready list",
            """
            SELECT FROM subscription_head h JOIN lane l USING (subscription_id)
            WHERE h.last_number > l.delivered_through
              AND NOT EXISTS (SELECT FROM lane_ready r WHERE r.subscription_id = h.subscription_id)
            """
        ),
    ]
}
