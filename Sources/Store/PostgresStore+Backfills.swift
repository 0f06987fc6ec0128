package import Access
package import Deliveries
import Events
import FHIR
import Foundation
import Postgres
import Subscriptions
import Vaccination

/// Back-fills: what the record store holds, in the side lane, for a subscriber that is new (D-53).
extension PostgresStore {
    /// Records looked at together.
    private static var scannedAtOnce: Int { 1000 }
    /// How long one look may take; the next turn goes on behind it.
    private static var scanningTime: Duration { .milliseconds(500) }

    /// The next notification of a back-fill that is open, frozen before its first attempt.
    ///
    /// It comes behind all events that are known, and never on a lane that is parked: its endpoint was given up, or has not
    /// answered a handshake yet.
    static func nextBackfill(
        _ claim: LaneClaim,
        bundleID: UUID,
        on connection: PostgresConnection
    ) async throws -> BackfillJob? {
        let rows = try await connection.query(
            """
            SELECT j.*, (extract(epoch FROM now() - j.first_failure_at) * 1000)::bigint AS failing_for FROM delivery_job j
            WHERE j.subscription_id = $1 AND j.kind = 'backfill' AND j.finished_at IS NULL AND j.next_attempt_at <= now()
            ORDER BY j.created_at, j.id LIMIT 1 FOR UPDATE OF j
            """,
            [.uuid(claim.subscription.id.uuid)]
        )
        guard let row = rows.first else { return nil }
        let id = try row.decode("id", as: UUID.self)
        let total = try row.decode("total", as: Int64.self)
        var records = try records(row)
        if let frozenID = try row.decode("bundle_id", as: UUID?.self),
            let frozenAt = try row.decode("frozen_at", as: Date?.self), !records.isEmpty
        {
            let batch = FrozenBatch(
                numbers: 1...Int64(records.count),
                bundleID: frozenID,
                frozenAt: frozenAt,
                failures: try row.decode("attempt", as: Int.self),
                failingFor: .milliseconds(try row.decode("failing_for", as: Int64?.self) ?? 0)
            )
            return BackfillJob(id: id, batch: batch, records: records, total: total)
        }
        if records.isEmpty { records = try await scan(row, id, claim, on: connection) }
        guard !records.isEmpty else { return nil }
        let frozen = try await connection.query(
            """
            UPDATE delivery_job SET bundle_id = $2, frozen_at = now(), attempt = 0, first_failure_at = NULL WHERE id = $1
            RETURNING frozen_at
            """,
            [.uuid(id), .uuid(bundleID)]
        )
        guard let frozenAt = try frozen.first?.decode("frozen_at", as: Date.self) else { return nil }
        let batch = FrozenBatch(numbers: 1...Int64(records.count), bundleID: bundleID, frozenAt: frozenAt)
        return BackfillJob(id: id, batch: batch, records: records, total: total)
    }

    private static func records(_ row: PostgresRow) throws -> [BackfilledRecord] {
        zip(try row.decode("records", as: [UUID].self), try row.decode("changes", as: [Int32].self)).map {
            BackfilledRecord(RecordID($0), change: $1)
        }
    }

    /// Looks for the next records that the filter matches, as many as one notification takes, and keeps the place.
    ///
    /// - Returns: None where the end was reached, and the job is done, or where the time was over.
    private static func scan(
        _ job: PostgresRow,
        _ id: UUID,
        _ claim: LaneClaim,
        on connection: PostgresConnection
    ) async throws -> [BackfilledRecord] {
        let scope = try BackfillScope(job, claim.subscription)
        var place = try job.decode("place", as: UUID?.self)
        let deadline = ContinuousClock.now + scanningTime
        var found: [BackfilledRecord] = []
        var isAtEnd = false
        let limit = claim.subscription.maxCount
        while found.count < limit, !isAtEnd, .now < deadline {
            let page = try await page(after: place, scope, on: connection)
            for event in page.events {
                guard found.count < limit else { break }
                place = event.recordID.uuid
                if page.matching.contains(event.recordID) {
                    found.append(BackfilledRecord(event.recordID, change: event.change))
                }
            }
            guard found.count < limit else { break }
            (place, isAtEnd) = (page.end ?? place, page.end == nil)
        }
        try await connection.query(
            """
            UPDATE delivery_job SET place = $2, records = $3, changes = $4, next_attempt_at = now(), bundle_id = NULL,
                finished_at = CASE WHEN $5 THEN now() END, outcome = CASE WHEN $5 THEN 'done' END
            WHERE id = $1
            """,
            [
                .uuid(id), .uuid(optional: place), .uuids(found.map(\.record.uuid)), .int4s(found.map(\.change)),
                .bool(isAtEnd && found.isEmpty),
            ]
        )
        return found
    }

    private struct Page {
        /// Records that may be sent, in order of their id.
        var events: [VaccinationEvent]
        var matching: Set<RecordID>
        /// The last id that was looked at; nil at the end.
        var end: UUID?
    }

    private static func page(
        after place: UUID?,
        _ scope: BackfillScope,
        on connection: PostgresConnection
    ) async throws -> Page {
        // By key, so many at a time, whatever the filter is; of named patients all at once, by theirs.
        let end = try await connection.query(
            """
            SELECT id FROM immunization WHERE ($1::uuid IS NULL OR id > $1) AND ($2::bigint[] IS NULL)
            ORDER BY id OFFSET \(scannedAtOnce - 1) LIMIT 1
            """,
            [.uuid(optional: place), scope.patients]
        ).first?.decode("id", as: UUID.self)
        let rows = try await connection.query(
            """
            SELECT i.id AS record_id, i.change, v.kind, v.version, v.nhs_number, v.vaccine_type, v.performer, v.supplier,
                \(scope.asksForFacts ? "c.resource" : "NULL::bytea AS resource")
            FROM immunization i JOIN immunization_version v ON v.immunization_id = i.id AND v.change = i.change
            \(scope.asksForFacts
                ? "JOIN immunization_version c ON c.immunization_id = i.id AND c.change = i.content_change" : "")
            WHERE ($1::uuid IS NULL OR i.id > $1) AND ($2::uuid IS NULL OR i.id <= $2) AND NOT i.deleted
                AND ($3::bigint[] IS NULL OR i.nhs_number = ANY($3)) AND ($4::text[] IS NULL OR v.vaccine_type = ANY($4))
                AND ($5::timestamptz IS NULL OR v.committed_at >= $5) AND ($6::timestamptz IS NULL OR v.committed_at < $6)
                AND \(isForBackfill("i", subscription: "$7"))
                AND NOT EXISTS (SELECT FROM supplier p WHERE p.name = v.supplier
                    AND ($8 = ANY(p.do_not_echo_to) OR $9 = ANY(p.do_not_echo_to)))
            ORDER BY i.id
            """,
            [
                .uuid(optional: place), .uuid(optional: end), scope.patients, scope.types,
                .timestamp(optional: scope.since), .timestamp(optional: scope.until),
                .uuid(scope.subscription.id.uuid), .text(scope.subscription.client),
                .text(scope.subscription.audience.rawValue),
            ]
        )
        let now = Date()
        let events = try rows.map { try backfillEvent($0, now) }
        var patients = try await registrations(of: events.patients, on: connection)
        if scope.asksForGeography { try await addGeography(to: &patients, on: connection) }
        let matching = events.filter { event in
            scope.index.matches(event, patient: event.attributes.nhsNumber.flatMap { patients[$0] })
                .contains(where: \.wantsKind)
        }
        return Page(events: events, matching: Set(matching.map(\.recordID)), end: end)
    }

    /// Whether a record is for the back-fill: what was routed to the subscription has come or will come as an event, and what
    /// is not routed yet will come if it matches.
    private static func isForBackfill(_ record: String, subscription: String) -> String {
        """
        EXISTS (SELECT FROM event e WHERE e.record_id = \(record).id AND e.change = \(record).change)
            AND NOT EXISTS (
                SELECT FROM subscription_event se WHERE se.record_id = \(record).id AND se.subscription_id = \(subscription)
            )
        """
    }

    /// A record as if it was recorded now: that is what it is for a subscriber who is new.
    private static func backfillEvent(_ row: PostgresRow, _ now: Date) throws -> VaccinationEvent {
        let resource = try row.decode("resource", as: [UInt8]?.self)
        return VaccinationEvent(
            kind: .recorded,
            recordID: try row.recordID("record_id"),
            change: try row.decode("change", as: Int32.self),
            version: try row.decode("version", as: Int32.self),
            committedAt: now,
            attributes: EventAttributes(
                nhsNumber: try row.nhsNumber("nhs_number"),
                vaccineType: try row.decode("vaccine_type", as: String.self),
                performer: try row.decode("performer", as: String.self),
                supplier: try row.decode("supplier", as: String.self),
                facts: try resource.map { VaccinationFacts(try JSONValue(parsing: $0)) }
            )
        )
    }

    package func records(of job: BackfillJob) async throws -> [LaneEvent] {
        let rows = try await pool.query(
            """
            SELECT k.number, 1::smallint AS shape, v.kind, v.immunization_id, v.version, v.committed_at, v.vaccine_type,
                v.nhs_number, i.unique_id, i.unique_id_uri, c.resource, NULL::text AS previous_type,
                NULL::bytea AS previous_resource
            FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS k (record_id, change, number)
            JOIN immunization_version v ON v.immunization_id = k.record_id AND v.change = k.change
            JOIN immunization_version c ON c.immunization_id = k.record_id AND c.change = v.content_change
            JOIN immunization i ON i.id = k.record_id
            ORDER BY k.number
            """,
            Self.keys(job.records)
        )
        guard rows.count == job.records.count else { throw StoredValueError(column: "delivery_job.records") }
        return try rows.map(Self.laneEvent)
    }

    private static func keys(_ records: [BackfilledRecord]) -> [PostgresValue] {
        [.uuids(records.map(\.record.uuid)), .int4s(records.map(\.change))]
    }

    package func recheck(_ job: BackfillJob, of claim: LaneClaim, readable: PermittedTypes) async throws -> Bool {
        var permitted: PostgresValue = .typedNull(PostgresType.text.array)
        if case .only(let types) = readable { permitted = .texts(types.sorted()) }
        return try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            let rows = try await connection.query(
                """
                SELECT k.record_id, k.change, $4::text[] IS NULL OR i.vaccine_type = ANY($4) AS may
                FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS k (record_id, change, number)
                JOIN immunization i ON i.id = k.record_id AND i.change = k.change
                WHERE NOT i.deleted AND \(Self.isForBackfill("i", subscription: "$3")) ORDER BY k.number
                """,
                Self.keys(job.records) + [.uuid(claim.subscription.id.uuid), permitted]
            )
            let kept = try rows.filter { try $0.decode("may", as: Bool.self) }.map {
                BackfilledRecord(try $0.recordID("record_id"), change: try $0.decode("change", as: Int32.self))
            }
            guard kept != job.records else { return true }
            try await Self.keep(kept, of: job, on: connection)
            try await connection.query(
                "UPDATE delivery_job SET withheld = withheld + $2 WHERE id = $1",
                [.uuid(job.id), .int8(Int64(rows.count - kept.count))]
            )
            return false
        }
    }

    package func shorten(_ job: BackfillJob, of claim: LaneClaim, through last: Int64) async throws -> BackfillJob {
        try await pool.withTransaction { connection in
            _ = try await Self.lock(claim, on: connection)
            var job = job
            // What does not fit is looked for again behind the last that does.
            job.records = Array(job.records.prefix(Int(last)))
            job.batch.numbers = 1...last
            try await connection.query(
                "UPDATE delivery_job SET records = $2, changes = $3, place = $4 WHERE id = $1",
                [.uuid(job.id)] + Self.keys(job.records) + [.uuid(optional: job.records.last?.record.uuid)]
            )
            return job
        }
    }

    /// Takes the accepted records off.
    static func backfillAccepted(_ job: BackfillJob, on connection: PostgresConnection) async throws {
        try await keep([], of: job, on: connection)
        try await connection.query(
            """
            UPDATE delivery_job SET sent = sent + $2, next_attempt_at = now() + pause_ms * interval '1 millisecond'
            WHERE id = $1
            """,
            [.uuid(job.id), .int8(Int64(job.records.count))]
        )
    }

    /// Puts other records in place of those in hand, for a notification of their own.
    private static func keep(
        _ records: [BackfilledRecord],
        of job: BackfillJob,
        on connection: PostgresConnection
    ) async throws {
        try await connection.query(
            """
            UPDATE delivery_job SET records = $2, changes = $3, bundle_id = NULL, frozen_at = NULL, attempt = 0,
                first_failure_at = NULL
            WHERE id = $1
            """,
            [.uuid(job.id)] + keys(records)
        )
    }
}

/// What a back-fill may bring.
private struct BackfillScope {
    let subscription: Subscription
    let index: SubscriptionIndex
    let since, until: Date?
    let patients, types: PostgresValue

    init(_ job: PostgresRow, _ subscription: Subscription) throws {
        self.subscription = subscription
        var trial = subscription
        // Also before it has been active: the filter alone decides.
        (trial.status, trial.activatedAt) = (.active, subscription.createdAt)
        index = SubscriptionIndex([trial])
        since = try job.decode("since", as: Date?.self)
        until = try job.decode("until", as: Date?.self)
        let filter = subscription.filter
        patients =
            filter.patients.isEmpty
            ? .typedNull(PostgresType.int8.array) : .int8s(filter.patients.map(\.stored))
        types =
            filter[.vaccineTypes].isEmpty
            ? .typedNull(PostgresType.text.array) : .texts(filter[.vaccineTypes].sorted())
    }

    var asksForFacts: Bool { subscription.filter.asksForFacts }
    var asksForGeography: Bool { subscription.filter.asksForGeography }
}
