package import Deliveries
import Events
import Foundation
import Postgres
import Subscriptions
package import Vaccination

/// What the rows of a feed's runs are made from.
extension PostgresStore {
    package func feedEvents(of claim: LaneClaim, numbers: ClosedRange<Int64>) async throws -> [FeedEvent] {
        let rows = try await pool.query(
            """
            SELECT q.*, \(Self.presentNumber) FROM (\(Self.laneEventsQuery)) q
            LEFT JOIN patient p ON p.nhs_number = q.nhs_number ORDER BY q.number
            """,
            [.uuid(claim.subscription.id.uuid), .int8(numbers.lowerBound), .int8(numbers.upperBound)]
        )
        // A file with a hole in it would pass for complete.
        guard rows.count == numbers.count else { throw StoredValueError(column: "subscription_event.number") }
        return try rows.map(Self.feedEvent)
    }

    /// The NHS number that has taken the place of the one of a patient `p`, at the end of the chain (N-13).
    private static let presentNumber = """
        CASE WHEN p.superseded_by IS NOT NULL THEN (
            WITH RECURSIVE later (number, step) AS (
                SELECT p.superseded_by, 1
                UNION ALL
                SELECT n.superseded_by, step + 1 FROM later JOIN patient n ON n.nhs_number = later.number
                WHERE n.superseded_by IS NOT NULL AND step < 20
            )
            SELECT number FROM later ORDER BY step DESC LIMIT 1
        ) END AS superseded_by
        """

    private static func feedEvent(_ row: PostgresRow) throws -> FeedEvent {
        FeedEvent(event: try laneEvent(row), tracedNumber: try row.nhsNumber("superseded_by"))
    }

    package func liveRecords(
        of claim: LaneClaim,
        in run: FrozenRun,
        after last: RecordID?,
        limit: Int
    ) async throws -> (records: [FeedEvent], last: RecordID?) {
        let filter = claim.subscription.filter
        return try await pool.withTransaction(readOnly: true) { connection in
            let rows = try await connection.query(
                Self.liveRecordsQuery,
                [
                    .uuid(claim.subscription.id.uuid), .int8(run.to), .timestamp(run.startedAt),
                    .uuid(optional: last?.uuid), .int8(Int64(limit)), .text(claim.subscription.audience.rawValue),
                    .text(claim.subscription.client),
                ]
            )
            var wanted = Array(rows)
            if filter != SubscriptionFilter() {
                // Records that were there before the subscription were never matched.
                let events = try rows.map(Self.previewEvent)
                let patients = try await Self.registrations(
                    of: Set(events.compactMap(\.attributes.nhsNumber)),
                    on: connection
                )
                wanted = try zip(rows, events).filter { row, event in
                    try row.decode("is_numbered", as: Bool.self)
                        || filter.accepts(event, patient: event.attributes.nhsNumber.flatMap { patients[$0] })
                }.map(\.0)
            }
            return (
                try wanted.map(Self.feedEvent),
                rows.count < limit ? nil : try rows.last?.recordID("record_id")
            )
        }
    }

    /// Each record as the subscription's events show it up to the number `$2`; one that has no event yet, because it is older
    /// than the subscription, as it was at the time `$3`.
    ///
    /// Every answer is the same whenever it is asked for: a run can be written again.
    private static let liveRecordsQuery = """
        SELECT i.id AS record_id, i.id AS immunization_id, 0::bigint AS number, 1::smallint AS shape, 1::smallint AS kind,
            v.change, v.version, v.committed_at, v.vaccine_type, v.nhs_number, v.performer, v.supplier,
            i.unique_id, i.unique_id_uri, c.resource, NULL::text AS previous_type, NULL::bytea AS previous_resource,
            \(presentNumber), e.change IS NOT NULL AS is_numbered
        FROM immunization i
        LEFT JOIN LATERAL (
            SELECT se.change, se.shape FROM subscription_event se
            WHERE se.record_id = i.id AND se.subscription_id = $1 AND se.number <= $2 ORDER BY se.change DESC LIMIT 1
        ) e ON true
        LEFT JOIN LATERAL (
            SELECT o.change FROM immunization_version o
            WHERE e.change IS NULL AND o.immunization_id = i.id AND o.committed_at < $3 ORDER BY o.change DESC LIMIT 1
        ) o ON true
        JOIN immunization_version v ON v.immunization_id = i.id AND v.change = coalesce(e.change, o.change)
        JOIN immunization_version c ON c.immunization_id = i.id AND c.change = v.content_change
        LEFT JOIN patient p ON p.nhs_number = v.nhs_number
        WHERE ($4::uuid IS NULL OR i.id > $4) AND v.kind <> 3 AND coalesce(e.shape, 1) <> 3
            AND (e.change IS NOT NULL OR NOT EXISTS (
                SELECT FROM supplier s WHERE s.name = v.supplier AND s.do_not_echo_to && ARRAY[$6, $7]::text[]
            ))
        ORDER BY i.id LIMIT $5
        """

    package func heldRecords(of claim: LaneClaim) async throws -> Set<RecordID> {
        let rows = try await pool.query(
            "SELECT DISTINCT record_id FROM feed_held WHERE subscription_id = $1 AND released_in IS NULL",
            [.uuid(claim.subscription.id.uuid)]
        )
        return try Set(rows.map { try $0.recordID("record_id") })
    }
}
