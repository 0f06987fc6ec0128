package import Postgres
package import Testing

/// What must hold between the intake's tables at any time.
package enum IntakeAudit {
    /// Checks everything.
    ///
    /// - Parameters:
    ///   - pool: The database.
    ///   - isRouted: Whether changes leave the outbox, so that it need not hold all of them.
    ///   - sourceLocation: Who asks.
    /// - Throws: Errors of the database.
    package static func check(
        _ pool: PostgresPool,
        isRouted: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for (claim, violations) in violations + (isRouted ? [] : outboxViolations) {
            let count = try await pool.count("SELECT count(*) FROM (\(violations)) v")
            #expect(count == 0, "\(claim)", sourceLocation: sourceLocation)
        }
    }

    private static let violations = [
        (
            "a record's changes run from 1 to its own without gaps",
            """
            SELECT FROM immunization i JOIN (
                SELECT immunization_id, count(*) AS changes, min(change) AS first, max(change) AS last
                FROM immunization_version GROUP BY immunization_id) v ON v.immunization_id = i.id
            WHERE v.first <> 1 OR v.changes <> v.last OR v.last <> i.change
            """
        ),
        (
            "no change without its record, no record without a change",
            """
            SELECT FROM immunization i FULL JOIN (SELECT DISTINCT immunization_id FROM immunization_version) v
                ON v.immunization_id = i.id
            WHERE i.id IS NULL OR v.immunization_id IS NULL
            """
        ),
        (
            "a record says what its last change says",
            """
            SELECT FROM immunization i JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.change
            WHERE v.version <> i.version OR v.content_change <> i.content_change OR (v.kind = 3) <> i.deleted
               OR v.nhs_number IS DISTINCT FROM i.nhs_number OR v.vaccine_type <> i.vaccine_type
               OR v.performer <> i.performer OR v.supplier <> i.supplier
            """
        ),
        (
            "a version goes up with every change that is no removal, from 1",
            """
            SELECT FROM (
                SELECT version, kind, change, lag(version) OVER (PARTITION BY immunization_id ORDER BY change) AS before
                FROM immunization_version) v
            WHERE version <> coalesce(before, 0) + (kind <> 3)::int OR (kind = 1) <> (change = 1)
            """
        ),
        (
            "content stands where it is said to",
            """
            SELECT FROM immunization_version v
            JOIN immunization_version c ON c.immunization_id = v.immunization_id AND c.change = v.content_change
            WHERE c.resource IS NULL OR (v.resource IS NULL) <> (v.kind = 3) OR (v.kind <> 3 AND v.content_change <> v.change)
            """
        ),
        (
            "a row has one outcome",
            """
            SELECT FROM (
                SELECT feed_id, row_number FROM immunization_version UNION ALL SELECT feed_id, row_number FROM feed_row) r
            GROUP BY feed_id, row_number HAVING count(*) > 1
            """
        ),
        (
            "the counts are those of the outcomes",
            """
            SELECT FROM (
                SELECT feed_id, sum(created + updated + reinstated + deleted) AS accepted, sum(rejected) AS rejected
                FROM feed_checkpoint GROUP BY feed_id) c
            WHERE accepted <> (SELECT count(*) FROM immunization_version v WHERE v.feed_id = c.feed_id)
               OR rejected <> (SELECT count(*) FROM feed_row r WHERE r.feed_id = c.feed_id)
            """
        ),
        (
            "a finished feed has an outcome for every row",
            """
            SELECT FROM feed f JOIN (
                SELECT feed_id, sum(created + updated + reinstated + deleted + rejected) AS outcomes
                FROM feed_checkpoint GROUP BY feed_id) c ON c.feed_id = f.id
            WHERE f.total_rows IS NOT NULL AND f.total_rows <> c.outcomes
            """
        ),
        (
            "rows of a feed take effect in file order",
            """
            SELECT FROM (
                SELECT row_number, lag(row_number) OVER (PARTITION BY feed_id, immunization_id ORDER BY change) AS before
                FROM immunization_version) v
            WHERE row_number <= before
            """
        ),
    ]

    private static let outboxViolations = [
        (
            "each change is in the outbox once",
            """
            SELECT FROM immunization_version v FULL JOIN outbox o ON o.record_id = v.immunization_id AND o.change = v.change
            WHERE v.change IS NULL OR o.change IS NULL
            """
        ),
        ("twice in the outbox", "SELECT FROM outbox GROUP BY record_id, change HAVING count(*) > 1"),
        (
            "a record's changes stand in the outbox in their order",
            """
            SELECT FROM (SELECT change, lag(change) OVER (PARTITION BY record_id ORDER BY id) AS before FROM outbox) o
            WHERE change <> before + 1
            """
        ),
    ]
}
