package import Events
import FHIR
import Foundation
import Postgres
import Vaccination

extension PostgresStore {
    /// A slice without messages about versions that the database does not have: they are set aside.
    ///
    /// After a restored backup the topic may still hold events of versions that were lost with the database, and their numbers
    /// are given out again. The time of the commit tells the two apart (T-06).
    static func recognised(_ slice: EventSlice, on connection: PostgresConnection) async throws -> EventSlice {
        guard !slice.messages.isEmpty else { return slice }
        let rows = try await connection.query(
            """
            SELECT m.number, v.committed_at
            FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS m (record_id, change, number)
            JOIN immunization_version v ON v.immunization_id = m.record_id AND v.change = m.change
            """,
            [.uuids(slice.events.map(\.recordID.uuid)), .int4s(slice.events.map(\.change))]
        )
        var committed: [Int: Date] = [:]
        for row in rows {
            committed[try row.decode("number", as: Int.self) - 1] = try row.decode("committed_at", as: Date.self)
        }
        var recognised = EventSlice(events: [], unreadable: slice.unreadable, position: slice.position)
        for (index, (event, message)) in zip(slice.events, slice.messages).enumerated() {
            if let time = committed[index], event.wasCommitted(at: time) {
                recognised.events.append(event)
            } else {
                recognised.unreadable.append(UnreadableMessage(message, reason: unknownVersion))
            }
        }
        return recognised
    }

    private static let unknownVersion =
        "the database has no such version of the record: it was restored from a backup made before, or the event is another hub's"

    static func setAside(_ messages: [UnreadableMessage], on connection: PostgresConnection) async throws {
        for unreadable in messages {
            let message = unreadable.message
            try await connection.query(
                """
                INSERT INTO event_dead (topic, partition, log_offset, key, value, header_names, header_values, mark, error)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (topic, partition, log_offset, mark) DO NOTHING
                """,
                [
                    .text(message.topic), .int4(message.partition), .int8(message.offset),
                    message.key.map { .bytes($0) } ?? .typedNull(.bytes),
                    message.value.map { .bytes($0) } ?? .typedNull(.bytes),
                    .texts(message.headers.map(\.name)), .byteArrays(message.headers.map(\.value)),
                    .uuid(message.mark), .text(unreadable.reason),
                ]
            )
        }
    }

    package func deadMessages(after id: Int64, limit: Int) async throws -> [DeadMessage] {
        let rows = try await pool.query(
            "SELECT * FROM event_dead WHERE id > $1 ORDER BY id LIMIT $2",
            [.int8(id), .int8(Int64(limit))]
        )
        return try rows.map { row in
            let names = try row.decode("header_names", as: [String].self)
            let values = try row.decode("header_values", as: [[UInt8]].self)
            let message = LogMessage(
                topic: try row.decode("topic", as: String.self),
                partition: try row.decode("partition", as: Int32.self),
                offset: try row.decode("log_offset", as: Int64.self),
                key: try row.decode("key", as: [UInt8]?.self),
                value: try row.decode("value", as: [UInt8]?.self),
                headers: zip(names, values).map { LogMessage.Header(name: $0, value: $1) }
            )
            return DeadMessage(
                id: try row.decode("id", as: Int64.self),
                unreadable: UnreadableMessage(message, reason: try row.decode("error", as: String.self)),
                setAside: try row.decode("set_aside", as: Date.self)
            )
        }
    }

    package func deadChanges(limit: Int) async throws -> [DeadChange] {
        let rows = try await pool.query(
            "SELECT * FROM outbox_dead ORDER BY record_id, change LIMIT $1",
            [.int8(Int64(limit))]
        )
        return try rows.map { row in
            DeadChange(
                key: RecordChangeKey(
                    recordID: try row.recordID("record_id"),
                    change: try row.decode("change", as: Int32.self)
                ),
                reason: try row.decode("error", as: String.self),
                setAside: try row.decode("set_aside", as: Date.self)
            )
        }
    }

    package func deadCounts() async throws -> DeadCounts {
        let row = try await pool.query(
            "SELECT (SELECT count(*) FROM event_dead) AS messages, (SELECT count(*) FROM outbox_dead) AS changes",
            []
        ).first
        return DeadCounts(
            messages: try row?.decode("messages", as: Int.self) ?? 0,
            changes: try row?.decode("changes", as: Int.self) ?? 0
        )
    }

    package func forgetDeadMessages(_ ids: [Int64]) async throws {
        try await pool.query("DELETE FROM event_dead WHERE id = ANY($1)", [.int8s(ids)])
    }

    package func hasVersion(_ event: VaccinationEvent) async throws -> Bool {
        let rows = try await pool.query(
            "SELECT committed_at FROM immunization_version WHERE immunization_id = $1 AND change = $2",
            [.uuid(event.recordID.uuid), .int4(event.change)]
        )
        guard let time = try rows.first?.decode("committed_at", as: Date.self) else { return false }
        return event.wasCommitted(at: time)
    }
}

extension VaccinationEvent {
    /// Whether the event is about the version that was committed at this time; messages carry whole milliseconds.
    fileprivate func wasCommitted(at time: Date) -> Bool {
        FHIRInstant(committedAt).description == FHIRInstant(time).description
    }
}
