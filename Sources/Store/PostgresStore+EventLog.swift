package import Events
import Foundation
import Postgres

extension PostgresStore: EventLogRegister {
    package func establishedLog() async throws -> EventLogIdentity? {
        try await pool.query("SELECT topic, partitions FROM event_log", []).first.map(Self.identity)
    }

    package func establish(_ log: EventLogIdentity) async throws -> EventLogIdentity {
        try await pool.withTransaction { connection in
            try await connection.query(
                "INSERT INTO event_log (topic, partitions) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                Self.values(log)
            )
            // Sees what another process was faster with: each statement reads what is committed when it starts.
            let row = try await connection.query("SELECT topic, partitions FROM event_log", []).first
            return try row.map(Self.identity) ?? log
        }
    }

    package func oldestWaiting() async throws -> Duration? {
        let row = try await pool.query(
            """
            SELECT extract(epoch FROM now() - v.committed_at)::float8 AS age FROM (SELECT * FROM outbox ORDER BY id LIMIT 1) o
            JOIN immunization_version v ON v.immunization_id = o.record_id AND v.change = o.change
            """,
            []
        ).first
        return try row.map { .seconds(max(0, try $0.decode("age", as: Double.self))) }
    }

    /// Changes the installation's log, and puts everything that was never routed back into the outbox.
    ///
    /// Safe while services run: a relay to the earlier topic deletes nothing from the outbox once this has committed, and what
    /// it deleted before was either routed or is put back here. What is read from both logs is routed once.
    ///
    /// - Returns: How many changes were put back.
    package func switchLog(to log: EventLogIdentity, by name: String) async throws -> Int {
        try await pool.withTransaction { connection in
            // First of all: waits for relays that are deleting what they have published.
            let before = try await connection.query("SELECT topic, partitions FROM event_log FOR UPDATE", []).first
            try await connection.query(
                """
                INSERT INTO event_log (topic, partitions) VALUES ($1, $2)
                ON CONFLICT (singleton) DO UPDATE SET topic = $1, partitions = $2, since = now()
                """,
                Self.values(log)
            )
            let restored = try await connection.query(
                """
                INSERT INTO outbox (shard, record_id, change)
                SELECT get_byte(uuid_send(v.immunization_id), 15) & 63, v.immunization_id, v.change
                FROM immunization_version v
                WHERE NOT EXISTS (SELECT FROM event e WHERE e.record_id = v.immunization_id AND e.change = v.change)
                  AND NOT EXISTS (SELECT FROM outbox o WHERE o.record_id = v.immunization_id AND o.change = v.change)
                ORDER BY v.immunization_id, v.change
                """,
                []
            ).affectedRows
            try await connection.query("DELETE FROM outbox_dead", [])
            try await connection.query("DELETE FROM log_gap", [])
            try await connection.query(
                """
                INSERT INTO event_log_operation (operator, operation, detail, changes) VALUES ($1, 'switch', $2, $3)
                """,
                [
                    .text(name),
                    .text("from \(try before.map(Self.identity)?.description ?? "none") to \(log)"),
                    .int8(Int64(restored)),
                ]
            )
            return restored
        }
    }

    static func identity(_ row: PostgresRow) throws -> EventLogIdentity {
        guard let topic = try row.decode("topic", as: String?.self) else { return .embedded }
        return .kafka(topic: topic, partitions: try row.decode("partitions", as: Int.self))
    }

    private static func values(_ log: EventLogIdentity) -> [PostgresValue] {
        switch log {
        case .embedded: [.typedNull(.text), .typedNull(.int4)]
        case .kafka(let topic, let partitions): [.text(topic), .int4(Int32(clamping: partitions))]
        }
    }
}
