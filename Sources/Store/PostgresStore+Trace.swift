import Events
import Foundation
package import Operations
import Postgres
import Vaccination

extension PostgresStore: TraceStore {
    private static let recordLimit = 100

    package func trace(_ start: TraceStart) async throws -> TraceResult {
        var result = TraceResult()
        let ids = try await records(start, &result.remarks)
        if case .patient = start {} else { result.rejectedRows = try await rejectedRows(start, &result.remarks) }
        guard !ids.isEmpty else { return result }
        if ids.count == Self.recordLimit {
            result.remarks.append("Only \(Self.recordLimit) records are shown; trace the others by their unique id.")
        }
        // One snapshot: a delivery that arrives meanwhile is seen whole or not at all.
        result.records = try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            try await Self.traces(of: ids, on: connection)
        }
        return result
    }

    /// The records that a start leads to.
    private func records(_ start: TraceStart, _ remarks: inout [String]) async throws -> [UUID] {
        switch start {
        case .identifier(let identifier): return [RecordID(identifier).uuid]
        case .patient(let number):
            let live = try await pool.query(
                "SELECT id FROM immunization WHERE nhs_number = $1 AND NOT deleted ORDER BY occurrence DESC LIMIT $2",
                [.int8(number.stored), .int8(Int64(Self.recordLimit))]
            )
            let removed = try await scan(
                "SELECT id FROM immunization WHERE nhs_number = $1 AND deleted LIMIT $2",
                [.int8(number.stored), .int8(Int64(Self.recordLimit))]
            )
            if removed == nil {
                remarks.append(
                    "Removed records were not looked for: there are too many records. Trace them by unique id."
                )
            }
            let ids = try live.map { try $0.decode("id", as: UUID.self) }
            return try ids + (removed?.map { try $0.decode("id", as: UUID.self) } ?? [])
        case .name(let name):
            let candidates = try await candidates(name)
            let known = try await pool.query("SELECT id FROM immunization WHERE id = ANY($1)", [.uuids(candidates)])
            if !known.isEmpty { return try known.map { try $0.decode("id", as: UUID.self) } }
            let found = try await scan("SELECT id FROM immunization WHERE unique_id = $1 LIMIT 100", [.text(name)])
            if found == nil {
                remarks.append(
                    "Records of rare systems were not looked for: there are too many. Give SYSTEM|UNIQUE_ID."
                )
            }
            return try found?.map { try $0.decode("id", as: UUID.self) } ?? []
        }
    }

    /// Ids a name may stand for: itself, and those it has in the systems that PostgreSQL's statistics know.
    private func candidates(_ name: String) async throws -> [UUID] {
        let systems = try await pool.query(
            """
            SELECT unnest(most_common_vals::text::text[]) AS system FROM pg_stats
            WHERE schemaname = current_schema() AND tablename = 'immunization' AND attname = 'unique_id_uri'
            """
        )
        let ids = try systems.map { row in
            let system = try row.decode("system", as: String.self)
            return RecordID(RecordIdentifier(system: system, value: name)).uuid
        }
        return ids + [UUID(uuidString: name)].compactMap(\.self)
    }

    /// Rows that were refused; there is no index that leads to them.
    private func rejectedRows(_ start: TraceStart, _ remarks: inout [String]) async throws -> [TracedRow] {
        let (value, system): (String, String?) =
            switch start {
            case .patient: ("", nil)
            case .name(let name): (name, nil)
            case .identifier(let identifier): (identifier.value, identifier.system)
            }
        let rows = try await scan(
            """
            SELECT f.id, f.name, f.client, f.received_at, r.row_number,
                ARRAY(SELECT x ->> 'code' FROM jsonb_array_elements(r.findings) x) AS codes
            FROM feed_row r JOIN feed f ON f.id = r.feed_id
            WHERE r.rejected AND r.unique_id = $1 AND ($2::text IS NULL OR r.unique_id_uri = $2)
            ORDER BY f.received_at, r.row_number LIMIT 100
            """,
            [.text(value), .text(optional: system)]
        )
        guard let rows else {
            remarks.append("Rejected rows were not looked for: there are too many. See herald feeds show ID --rows.")
            return []
        }
        return try rows.map { row in
            TracedRow(
                feed: try row.decode("id", as: UUID.self).uuidString.lowercased(),
                file: try row.decode("name", as: String.self),
                client: try row.decode("client", as: String.self),
                receivedAt: try row.decode("received_at", as: Date.self),
                row: try row.decode("row_number", as: Int64.self),
                findings: try row.decode("codes", as: [String].self)
            )
        }
    }

    /// Reads what no index leads to, some seconds long; nil where it takes longer.
    private func scan(_ sql: String, _ parameters: [PostgresValue]) async throws -> PostgresResult? {
        do {
            return try await pool.withTransaction(readOnly: true) { connection in
                try await connection.query("SET LOCAL statement_timeout = '8s'")
                return try await connection.query(sql, parameters)
            }
        } catch let error as PostgresError where error.sqlState == .queryCanceled {
            return nil
        }
    }

    private static func traces(of ids: [UUID], on connection: PostgresConnection) async throws -> [Trace] {
        let deliveries = try await deliveries(of: ids, on: connection)
        let changes = try await changes(of: ids, deliveries, on: connection)
        let records = try await connection.query(
            """
            SELECT id, unique_id, unique_id_uri, vaccine_type, version, deleted FROM immunization
            WHERE id = ANY($1) ORDER BY occurrence DESC, id
            """,
            [.uuids(ids)]
        )
        return try records.map { row in
            let id = try row.decode("id", as: UUID.self)
            return Trace(
                id: RecordID(id).description,
                uniqueID: try row.decode("unique_id", as: String.self),
                uniqueIDURI: try row.decode("unique_id_uri", as: String.self),
                vaccineType: try row.decode("vaccine_type", as: String.self),
                version: try row.decode("version", as: Int32.self),
                isDeleted: try row.decode("deleted", as: Bool.self),
                changes: changes[id] ?? []
            )
        }
    }

    private static func changes(
        of ids: [UUID],
        _ deliveries: [EventKey: [TracedDelivery]],
        on connection: PostgresConnection
    ) async throws -> [UUID: [TracedChange]] {
        let rows = try await connection.query(
            """
            SELECT v.immunization_id, v.change, v.kind, v.version, v.committed_at, v.supplier, v.row_number, v.client AS writer,
                f.id AS feed, f.name, f.client, f.received_at, e.event_id, e.routed_at, e.practice, e.matches,
                q.since, q.reason
            FROM immunization_version v LEFT JOIN feed f ON f.id = v.feed_id
            LEFT JOIN directory_question q ON q.nhs_number = v.nhs_number AND q.settled_at IS NULL
            LEFT JOIN event e ON e.record_id = v.immunization_id AND e.change = v.change
            WHERE v.immunization_id = ANY($1) ORDER BY v.immunization_id, v.change
            """,
            [.uuids(ids)]
        )
        var changes: [UUID: [TracedChange]] = [:]
        for row in rows {
            let key = EventKey(
                record: try row.decode("immunization_id", as: UUID.self),
                change: try row.decode("change", as: Int32.self)
            )
            var event = try tracedEvent(row)
            event?.deliveries = deliveries[key] ?? []
            changes[key.record, default: []].append(
                TracedChange(
                    change: key.change,
                    kind: "\(try row.choice("kind", of: EventKind.self))",
                    version: try row.decode("version", as: Int32.self),
                    committedAt: try row.decode("committed_at", as: Date.self),
                    supplier: try row.decode("supplier", as: String.self),
                    client: try row.decode("writer", as: String?.self),
                    row: try feedRow(row),
                    event: event,
                    waitsFor: event == nil ? try question(row) : nil
                )
            )
        }
        return changes
    }

    /// Whether the patient directory holds the event up.
    private static func question(_ row: PostgresRow) throws -> String? {
        guard let since = try row.decode("since", as: Date?.self) else { return nil }
        let reason = try row.decode("reason", as: String.self)
        return "the patient directory, which has given no answer since \(since.formatted(.iso8601)): \(reason)"
    }

    private static func tracedEvent(_ row: PostgresRow) throws -> TracedEvent? {
        guard let id = try row.decode("event_id", as: UUID?.self) else { return nil }
        return TracedEvent(
            id: id.uuidString.lowercased(),
            routedAt: try row.decode("routed_at", as: Date.self),
            practice: try row.decode("practice", as: String?.self),
            matches: try row.decode("matches", as: Int.self)
        )
    }

    private static func feedRow(_ row: PostgresRow) throws -> TracedRow? {
        guard let feed = try row.decode("feed", as: UUID?.self) else { return nil }
        return TracedRow(
            feed: feed.uuidString.lowercased(),
            file: try row.decode("name", as: String.self),
            client: try row.decode("client", as: String.self),
            receivedAt: try row.decode("received_at", as: Date.self),
            row: try row.decode("row_number", as: Int64?.self) ?? 0
        )
    }
}

/// One change of one record.
private struct EventKey: Hashable {
    let record: UUID
    let change: Int32
}

/// One entry of one subscription.
private struct EntryKey: Hashable {
    let subscription: UUID
    let number: Int64
}

extension PostgresStore {
    /// Every entry the records' events have in any subscription, with what was tried.
    private static func deliveries(
        of ids: [UUID],
        on connection: PostgresConnection
    ) async throws -> [EventKey: [TracedDelivery]] {
        var attempts = try await attempts(ids, on: connection)
        attempts.merge(try await runs(ids, on: connection)) { $0 + $1 }
        let rows = try await connection.query(
            """
            SELECT se.record_id, se.change, se.subscription_id, se.number, se.shape, s.audience, s.channel, s.endpoint,
                CASE WHEN se.number <= l.delivered_through THEN 'delivered'
                     WHEN s.status NOT IN ('active', 'error') THEN 'off'
                     WHEN l.next_attempt_at = 'infinity' THEN 'parked'
                     WHEN l.attempt > 0 THEN 'retrying' ELSE 'waiting' END AS state,
                CASE WHEN se.number > l.delivered_through AND l.attempt > 0 THEN nullif(l.next_attempt_at, 'infinity') END
                    AS next_attempt_at
            FROM subscription_event se JOIN subscription s ON s.id = se.subscription_id
            JOIN lane l ON l.subscription_id = se.subscription_id
            WHERE se.record_id = ANY($1) ORDER BY se.record_id, se.change, s.audience, se.subscription_id
            """,
            [.uuids(ids)]
        )
        var deliveries: [EventKey: [TracedDelivery]] = [:]
        for row in rows {
            let entry = EntryKey(
                subscription: try row.decode("subscription_id", as: UUID.self),
                number: try row.decode("number", as: Int64.self)
            )
            var delivery = TracedDelivery(
                subscription: entry.subscription.uuidString.lowercased(),
                audience: try row.decode("audience", as: String.self),
                channel: try row.decode("channel", as: String.self),
                endpoint: try row.decode("endpoint", as: String.self),
                number: entry.number,
                shape: try row.choice("shape", of: EventShape.self).method,
                state: try row.decode("state", as: String.self),
                nextAttemptAt: try row.decode("next_attempt_at", as: Date?.self)
            )
            delivery.attempts = attempts[entry] ?? []
            let key = EventKey(
                record: try row.decode("record_id", as: UUID.self),
                change: try row.decode("change", as: Int32.self)
            )
            deliveries[key, default: []].append(delivery)
        }
        return deliveries
    }

    /// Attempts by the entries they were about; a batch holds a hundred at most.
    private static func attempts(
        _ ids: [UUID],
        on connection: PostgresConnection
    ) async throws -> [EntryKey: [TracedAttempt]] {
        let rows = try await connection.query(
            """
            SELECT se.subscription_id, se.number, a.started_at, a.milliseconds, a.outcome, a.http_status
            FROM subscription_event se JOIN delivery_attempt a ON a.subscription_id = se.subscription_id
                AND a.last_number BETWEEN se.number AND se.number + 99 AND a.first_number <= se.number
            WHERE se.record_id = ANY($1) ORDER BY a.id
            """,
            [.uuids(ids)]
        )
        var attempts: [EntryKey: [TracedAttempt]] = [:]
        for row in rows {
            attempts[try entry(row), default: []].append(
                TracedAttempt(
                    startedAt: try row.decode("started_at", as: Date.self),
                    milliseconds: try row.decode("milliseconds", as: Int.self),
                    outcome: try row.decode("outcome", as: String.self),
                    httpStatus: try row.decode("http_status", as: Int?.self)
                )
            )
        }
        return attempts
    }

    /// Runs of feeds by the entries that were written in them.
    private static func runs(
        _ ids: [UUID],
        on connection: PostgresConnection
    ) async throws -> [EntryKey: [TracedAttempt]] {
        let rows = try await connection.query(
            """
            SELECT se.subscription_id, se.number, r.sequence, r.started_at,
                coalesce(extract(epoch FROM r.written_at - r.started_at) * 1000, 0)::int AS milliseconds,
                CASE WHEN r.written_at IS NULL THEN 'unfinished' ELSE 'accepted' END AS outcome
            FROM subscription_event se JOIN feed_run r ON r.subscription_id = se.subscription_id
                AND se.number BETWEEN r.from_event AND r.to_event
            WHERE se.record_id = ANY($1)
            """,
            [.uuids(ids)]
        )
        var runs: [EntryKey: [TracedAttempt]] = [:]
        for row in rows {
            runs[try entry(row), default: []].append(
                TracedAttempt(
                    startedAt: try row.decode("started_at", as: Date.self),
                    milliseconds: try row.decode("milliseconds", as: Int.self),
                    outcome: try row.decode("outcome", as: String.self),
                    run: try row.decode("sequence", as: Int64.self)
                )
            )
        }
        return runs
    }

    private static func entry(_ row: PostgresRow) throws -> EntryKey {
        EntryKey(
            subscription: try row.decode("subscription_id", as: UUID.self),
            number: try row.decode("number", as: Int64.self)
        )
    }
}
