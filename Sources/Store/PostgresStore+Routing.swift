package import Events
import Foundation
import Postgres
import Subscriptions
import Synchronization
import Vaccination

/// Why a slice is not routed; everything of the transaction is rolled back.
private enum SliceRefusal: Error {
    /// The source is another reader's now.
    case fenced
    /// The slice is done already: the answer to its COMMIT was lost, and the caller tries again.
    case committedBefore
}

extension PostgresStore: RoutingStore {
    package func route(_ slice: EventSlice) async throws -> SliceOutcome {
        do {
            try await route(slice, of: slice.events.patients)
            return .committed
        } catch SliceRefusal.fenced {
            EventMetrics.fenced()
            return .fenced
        } catch SliceRefusal.committedBefore {
            return .committed
        }
    }

    /// Routes the slice once an outside directory has said what it knows of its patients: that may take seconds, and a
    /// transaction must not wait for it.
    private func route(_ slice: EventSlice, of patients: Set<NHSNumber>) async throws {
        let details = try await outsideDetails(of: patients)
        do {
            let plan = try await pool.withTransaction { connection in
                try await Self.move(slice.position, on: connection)
                let slice = try await Self.recognised(slice, on: connection)
                try await Self.setAside(slice.unreadable, on: connection)
                var context = try await Self.context(of: slice.events, on: connection)
                let overtaken = try await Self.overtaken(context.gaps(in: slice.events), on: connection)
                let known = try await knowledge(
                    of: slice.events + overtaken,
                    details,
                    asked: details == nil ? nil : patients,
                    holders: Set(context.recipients.values.flatMap(\.keys)),
                    on: connection
                )
                context.patients = known.patients
                context.muted = known.muted
                let events = known.events
                context.overtaken = Dictionary(grouping: events.dropFirst(slice.events.count), by: \.recordID)
                    .mapValues(Array.init)
                let plan = RoutingPlan(
                    Array(events.prefix(slice.events.count)),
                    context: context,
                    matcher: known.matcher
                )
                try await Self.park(plan.routed, known.patients, on: connection)
                try await Self.write(plan, on: connection)
                return plan
            }
            EventMetrics.routed(plan, unreadable: slice.unreadable.count, at: Date())
        } catch let unasked as UnaskedPatients {
            try await route(slice, of: patients.union(unasked.numbers))
        }
    }

    /// Takes the slice off the log, first of all: this also locks it against another reader.
    private static func move(_ position: LogPosition, on connection: PostgresConnection) async throws {
        switch position {
        case .outbox(let ids):
            let deleted = try await connection.query("DELETE FROM outbox WHERE id = ANY($1)", [.int8s(ids)])
            guard deleted.affectedRows == ids.count else { throw SliceRefusal.fenced }
        case .partition(let topic, let partition, let epoch, let first, let next, let mark):
            let moved = try await connection.query(
                """
                UPDATE consumer_offset SET next_offset = $5, mark = $6
                WHERE topic = $1 AND partition = $2 AND epoch = $3 AND next_offset <= $4
                """,
                [
                    .text(topic), .int4(partition), .int8(epoch), .int8(first), .int8(next),
                    mark.map { .uuid($0) } ?? .typedNull(.uuid),
                ]
            )
            guard moved.affectedRows == 0 else { return }
            let own = try await connection.query(
                "SELECT FROM consumer_offset WHERE topic = $1 AND partition = $2 AND epoch = $3 AND next_offset >= $4",
                [.text(topic), .int4(partition), .int8(epoch), .int8(next)]
            )
            throw own.isEmpty ? SliceRefusal.fenced : SliceRefusal.committedBefore
        }
    }

    private static func context(
        of events: [VaccinationEvent],
        on connection: PostgresConnection
    ) async throws -> RoutingContext {
        var context = RoutingContext()
        let records = Array(Set(events.map(\.recordID))).map(\.uuid)
        guard !records.isEmpty else { return context }
        let routed = try await connection.query(
            """
            SELECT e.record_id, e.change, v.nhs_number
            FROM (SELECT record_id, max(change) AS change FROM event WHERE record_id = ANY($1) GROUP BY record_id) e
            LEFT JOIN immunization_version v ON v.immunization_id = e.record_id AND v.change = e.change
            """,
            [.uuids(records)]
        )
        for row in routed {
            let record = try row.recordID("record_id")
            context.routedThrough[record] = try row.decode("change", as: Int32.self)
            context.patient[record] = try row.nhsNumber("nhs_number")
        }
        let known = context.routedThrough.keys.map(\.uuid)
        guard !known.isEmpty else { return context }
        let recipients = try await connection.query(
            """
            SELECT DISTINCT ON (record_id, subscription_id) record_id, subscription_id, shape,
                s.audience = 'gp' AND s.channel = 'mesh' AS keeps
            FROM subscription_event JOIN subscription s ON s.id = subscription_id
            WHERE record_id = ANY($1) AND s.recording
            ORDER BY record_id, subscription_id, change DESC
            """,
            [.uuids(known)]
        )
        for row in recipients {
            context.recipients[try row.recordID("record_id"), default: [:]][try row.subscriptionID("subscription_id")] =
                try row.choice("shape")
            if try row.decode("keeps", as: Bool.self) {
                context.keepers.insert(try row.subscriptionID("subscription_id"))
            }
        }
        return context
    }

    /// The events of the gaps in a slice: hardly ever any.
    private static func overtaken(
        _ gaps: [RoutingContext.Gap],
        on connection: PostgresConnection
    ) async throws -> [VaccinationEvent] {
        guard !gaps.isEmpty else { return [] }
        let rows = try await connection.query(
            """
            SELECT \(eventColumns) FROM unnest($1::uuid[], $2::int[], $3::int[]) AS g (record_id, first, last)
            JOIN immunization_version v ON v.immunization_id = g.record_id AND v.change BETWEEN g.first AND g.last
            """,
            [
                .uuids(gaps.map(\.recordID.uuid)), .int4s(gaps.map(\.changes.lowerBound)),
                .int4s(gaps.map(\.changes.upperBound)),
            ]
        )
        return try rows.map(event)
    }

    private static func write(_ plan: RoutingPlan, on connection: PostgresConnection) async throws {
        guard !plan.routed.isEmpty else { return }
        var events = CopyBuffer()
        for routed in plan.routed {
            events.beginRow(columns: 6)
            events.append(uuid: routed.event.recordID.uuid)
            events.append(int4: routed.event.change)
            events.append(uuid: routed.event.id)
            events.append(int2: routed.event.kind.rawValue)
            events.append(int4: Int32(routed.deliveries.count))
            events.append(text: routed.practice)
        }
        try await connection.copy(
            into: "event",
            columns: ["record_id", "change", "event_id", "kind", "matches", "practice"],
            events
        )
        try await number(
            plan.routed.flatMap { routed in routed.deliveries.map { (routed.event, $0.subscription, $0.shape) } },
            on: connection
        )
    }

    /// Gives events the next numbers of the subscriptions they go to, and wakes their lanes.
    static func number(
        _ deliveries: [(event: VaccinationEvent, subscription: SubscriptionID, shape: EventShape)],
        on connection: PostgresConnection
    ) async throws {
        guard !deliveries.isEmpty else { return }
        var counts: [SubscriptionID: Int64] = [:]
        for delivery in deliveries { counts[delivery.subscription, default: 0] += 1 }
        var next = try await draw(counts, on: connection)
        var numbers = CopyBuffer()
        for delivery in deliveries {
            guard let number = next[delivery.subscription] else { continue }
            next[delivery.subscription] = number + 1
            numbers.beginRow(columns: 5)
            numbers.append(uuid: delivery.subscription.uuid)
            numbers.append(int8: number)
            numbers.append(uuid: delivery.event.recordID.uuid)
            numbers.append(int4: delivery.event.change)
            numbers.append(int2: delivery.shape.rawValue)
        }
        try await connection.copy(
            into: "subscription_event",
            columns: ["subscription_id", "number", "record_id", "change", "shape"],
            numbers
        )
        try await connection.query(
            """
            INSERT INTO lane_ready (subscription_id, channel, client, origin, due_at)
            SELECT s.id, s.channel, s.client, s.origin, l.next_attempt_at
            FROM subscription s JOIN lane l ON l.subscription_id = s.id WHERE s.id = ANY($1)
            ON CONFLICT DO NOTHING
            """,
            [.uuids(counts.keys.map(\.uuid))]
        )
    }

    /// Draws numbers for each subscription, as late as possible: the heads stay locked until commit, so numbers become
    /// visible in order and without gaps (D-92).
    ///
    /// - Returns: The first number of each.
    private static func draw(
        _ counts: [SubscriptionID: Int64],
        on connection: PostgresConnection
    ) async throws -> [SubscriptionID: Int64] {
        let ids = counts.keys.map(\.uuid)
        // Locked in ascending order, or two routers could wait for each other.
        try await connection.query(
            """
            SELECT 1 FROM subscription_head WHERE subscription_id = ANY($1) ORDER BY subscription_id FOR NO KEY UPDATE
            """,
            [.uuids(ids)]
        )
        let heads = try await connection.query(
            """
            UPDATE subscription_head h SET last_number = h.last_number + n.count
            FROM unnest($1::uuid[], $2::bigint[]) AS n (id, count) WHERE h.subscription_id = n.id
            RETURNING h.subscription_id, h.last_number - n.count + 1 AS first
            """,
            [.uuids(ids), .int8s(counts.keys.map { counts[$0, default: 0] })]
        )
        var first: [SubscriptionID: Int64] = [:]
        for row in heads {
            first[try row.subscriptionID("subscription_id")] = try row.decode("first", as: Int64.self)
        }
        return first
    }
}
