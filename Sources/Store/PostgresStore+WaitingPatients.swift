package import Events
package import Foundation
package import Operations
import Postgres
import Subscriptions
import Vaccination

extension PostgresStore: WaitingPatientStore {
    package func askForPractices(limit: Int, at now: Date) async throws -> WaitingOutcome {
        let due = try await pool.query(
            "SELECT record_id, nhs_number FROM gp_waiting WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
            [.timestamp(now), .int8(Int64(limit))]
        )
        guard !due.isEmpty else { return WaitingOutcome() }
        let records = try due.map { try $0.recordID("record_id") }
        let patients = Set(try due.compactMap { try $0.nhsNumber("nhs_number") })
        let answer = try await practices(of: patients)
        let released = try await pool.withTransaction { connection in
            try await release(records, answer, at: now, on: connection)
        }
        return WaitingOutcome(asked: due.count, released: released)
    }

    /// What an outside directory says of some patients, as far as it answers.
    private struct Answer {
        /// Nil where the directory is our own: it is asked in the transaction.
        var details: [NHSNumber: PatientDetails]?
        /// For whom there was no answer: they are asked about again soon.
        var missing: Set<NHSNumber> = []
    }

    private func practices(of patients: Set<NHSNumber>) async throws -> Answer {
        guard let directory else { return Answer() }
        guard !patients.isEmpty else { return Answer(details: [:]) }
        do {
            let details = try await directory.details(of: patients)
            try await keep(details)
            return Answer(details: details)
        } catch let error as DirectoryIncomplete {
            try await keep(error.known)
            return Answer(details: error.known, missing: error.missing)
        }
    }

    /// One record, with what it waits for.
    private struct Waiting {
        let event: VaccinationEvent
        let since: Date
        var deliveries: [(subscription: SubscriptionID, shape: EventShape)] = []
        var practice: String?
        /// Why it goes on waiting; nil when it does not.
        var state: String?
    }

    private func release(
        _ records: [RecordID],
        _ answer: Answer,
        at now: Date,
        on connection: PostgresConnection
    ) async throws -> Int {
        // A router that has newer news of a record holds its row; then it is not our turn.
        let rows = try await connection.query(
            """
            SELECT w.since, \(Self.eventColumns) FROM gp_waiting w
            JOIN immunization_version v ON v.immunization_id = w.record_id AND v.change = w.change
            WHERE w.record_id = ANY($1) AND w.due_at <= $2 ORDER BY w.record_id FOR UPDATE OF w SKIP LOCKED
            """,
            [.uuids(records.map(\.uuid)), .timestamp(now)]
        )
        guard !rows.isEmpty else { return 0 }
        let waiting = try rows.map { Waiting(event: try Self.event($0), since: try $0.decode("since", as: Date.self)) }
        let known = try await knowledge(of: waiting.map(\.event), answer.details, on: connection)
        let held = try await Self.held(waiting.map(\.event.recordID), on: connection)
        let matches = known.events.map { event in
            known.matcher.matches(event, patient: event.attributes.nhsNumber.flatMap { known.patients[$0] })
        }
        let lanes = try await Self.practiceLanes(
            Set(matches.joined().map(\.subscription)).union(held.values.flatMap(\.keys)),
            on: connection
        )
        let decided = zip(waiting, matches).map { waiting, matches in
            let patient = waiting.event.attributes.nhsNumber.flatMap { known.patients[$0] }
            let muted = known.muted[waiting.event.attributes.supplier] ?? []
            return Self.decide(
                waiting,
                patient,
                matches.filter { lanes.contains($0.subscription) && !muted.contains($0.subscription) },
                (held[waiting.event.recordID] ?? [:]).filter { lanes.contains($0.key) }
            )
        }
        try await Self.write(decided, missing: answer.missing, at: now, on: connection)
        return decided.count { !$0.deliveries.isEmpty }
    }

    /// What a practice was told last of a record.
    private struct Held {
        let change: Int32
        let shape: EventShape
    }

    private static func decide(
        _ waiting: Waiting,
        _ patient: PatientDetails?,
        _ matches: [EventMatch],
        _ held: [SubscriptionID: Held]
    ) -> Waiting {
        var decided = waiting
        decided.practice = patient?.practice
        let holders = held.filter { $0.value.shape != .delete && $0.value.change < waiting.event.change }
        guard waiting.event.kind != .removed else {
            // A record that is gone is of no interest to whoever never had it.
            decided.deliveries = holders.keys.map { (subscription: $0, shape: .delete) }
            return decided
        }
        guard patient?.practice != nil else {
            decided.state = patient == nil ? "not-traced" : "no-gp"
            return decided
        }
        guard !matches.isEmpty else {
            decided.state = patient?.isRestricted == true ? "no-gp" : "no-mailbox"
            return decided
        }
        for match in matches {
            if holders[match.subscription] != nil {
                decided.deliveries.append((match.subscription, .put))
            } else if match.wantsKind, held[match.subscription].map({ $0.change < waiting.event.change }) ?? true {
                // Otherwise the practice has this change already, or a later one.
                decided.deliveries.append((match.subscription, .post))
            }
        }
        return decided
    }

    private static func write(
        _ decided: [Waiting],
        missing: Set<NHSNumber>,
        at now: Date,
        on connection: PostgresConnection
    ) async throws {
        let done = decided.filter { $0.state == nil }
        if !done.isEmpty {
            try await connection.query(
                "DELETE FROM gp_waiting WHERE record_id = ANY($1)",
                [.uuids(done.map(\.event.recordID.uuid))]
            )
            let told = done.filter { !$0.deliveries.isEmpty }
            try await connection.query(
                """
                UPDATE event e SET practice = coalesce(k.practice, e.practice), matches = e.matches + k.count
                FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[]) AS k (record_id, change, practice, count)
                WHERE e.record_id = k.record_id AND e.change = k.change
                """,
                [
                    .uuids(told.map(\.event.recordID.uuid)), .int4s(told.map(\.event.change)),
                    .texts(optional: told.map(\.practice)), .int4s(told.map { Int32($0.deliveries.count) }),
                ]
            )
            try await number(
                told.flatMap { told in told.deliveries.map { (told.event, $0.subscription, $0.shape) } },
                on: connection
            )
        }
        let others = decided.filter { $0.state != nil }
        guard !others.isEmpty else { return }
        let turns = others.map { turn(of: $0, missing: missing, at: now) }
        try await connection.query(
            """
            UPDATE gp_waiting w SET state = k.state, due_at = k.due_at, asked_at = $4
            FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS k (record_id, state, due_at)
            WHERE w.record_id = k.record_id
            """,
            [
                .uuids(others.map(\.event.recordID.uuid)), .texts(turns.map(\.state)),
                .array(of: .timestamp, turns.map { .timestamp(optional: $0.due) }), .timestamp(now),
            ]
        )
    }

    /// When somebody is asked about next: daily for 7 days, weekly to day 90, then no more by itself.
    private static func turn(
        of waiting: Waiting,
        missing: Set<NHSNumber>,
        at now: Date
    ) -> (state: String, due: Date?) {
        let state = waiting.state ?? "no-gp"
        if let number = waiting.event.attributes.nhsNumber, missing.contains(number) {
            return (state, now + 600)
        }
        let day = 86_400.0
        let age = now.timeIntervalSince(waiting.since)
        if age >= 90 * day { return ("no-gp-final", nil) }
        return (state, now + (age < 7 * day ? day : 7 * day))
    }

    /// Who was told of these records, and what last.
    private static func held(
        _ records: [RecordID],
        on connection: PostgresConnection
    ) async throws -> [RecordID: [SubscriptionID: Held]] {
        let rows = try await connection.query(
            """
            SELECT DISTINCT ON (record_id, subscription_id) record_id, subscription_id, change, shape
            FROM subscription_event WHERE record_id = ANY($1) ORDER BY record_id, subscription_id, change DESC
            """,
            [.uuids(records.map(\.uuid))]
        )
        var held: [RecordID: [SubscriptionID: Held]] = [:]
        for row in rows {
            held[try row.recordID("record_id"), default: [:]][try row.subscriptionID("subscription_id")] =
                Held(change: try row.decode("change", as: Int32.self), shape: try row.choice("shape"))
        }
        return held
    }

    /// Which of these subscriptions are practices'.
    private static func practiceLanes(
        _ ids: Set<SubscriptionID>,
        on connection: PostgresConnection
    ) async throws -> Set<SubscriptionID> {
        let rows = try await connection.query(
            "SELECT id FROM subscription WHERE id = ANY($1) AND audience = 'gp' AND recording",
            [.uuids(ids.map(\.uuid))]
        )
        return Set(try rows.map { try $0.subscriptionID("id") })
    }

    /// Has the directory asked about these patients at once.
    static func hurry(_ patients: [NHSNumber], on connection: PostgresConnection) async throws {
        try await connection.query(
            "UPDATE gp_waiting SET due_at = now() WHERE nhs_number = ANY($1)",
            [.int8s(patients.map(\.stored))]
        )
    }

    /// The records that wait, the longest wait first.
    package func waitingRecords(limit: Int = 100) async throws -> [WaitingRecord] {
        try await pool.query(
            "SELECT record_id, state, since, asked_at, due_at FROM gp_waiting ORDER BY since LIMIT $1",
            [.int8(Int64(limit))]
        ).map { row in
            WaitingRecord(
                record: try row.recordID("record_id").description,
                state: try row.decode("state", as: String.self),
                since: try row.decode("since", as: Date.self),
                askedAt: try row.decode("asked_at", as: Date.self),
                dueAt: try row.decode("due_at", as: Date?.self)
            )
        }
    }
}
