package import Events
package import Foundation
import Postgres

extension PostgresStore: OutboxStore {
    package func renewShards(owner: UUID, lease: Duration) async throws -> [Shard] {
        let milliseconds = PostgresValue.int8(Int64(lease / .milliseconds(1)))
        return try await pool.withTransaction { connection in
            try await connection.query(
                """
                INSERT INTO outbox_member (owner, seen_at) VALUES ($1, now())
                ON CONFLICT (owner) DO UPDATE SET seen_at = now()
                """,
                [.uuid(owner)]
            )
            try await connection.query(
                "DELETE FROM outbox_member WHERE seen_at < now() - $1 * interval '1 millisecond'",
                [milliseconds]
            )
            let held = try await connection.query(
                """
                WITH share AS (SELECT ceil(64.0 / count(*))::int AS size FROM outbox_member),
                     wanted AS (
                         SELECT shard FROM outbox_shard
                         WHERE owner = $1 OR lease_until IS NULL OR lease_until < now()
                         ORDER BY (owner IS NOT DISTINCT FROM $1) DESC, shard
                         LIMIT (SELECT size FROM share) FOR UPDATE SKIP LOCKED
                     )
                UPDATE outbox_shard s
                SET epoch = epoch + (owner IS DISTINCT FROM $1)::int, owner = $1,
                    lease_until = now() + $2 * interval '1 millisecond'
                FROM wanted w WHERE w.shard = s.shard
                RETURNING s.shard
                """,
                [.uuid(owner), milliseconds]
            )
            let shards = try held.map { Shard(number: try $0.decode("shard", as: Int16.self)) }
            try await connection.query(
                "UPDATE outbox_shard SET owner = NULL, lease_until = NULL WHERE owner = $1 AND shard <> ALL($2)",
                [.uuid(owner), .int2s(shards.map(\.number))]
            )
            return shards
        }
    }

    package func extendShards(owner: UUID, lease: Duration) async throws -> [Shard] {
        try await pool.withTransaction { connection in
            try await connection.query("UPDATE outbox_member SET seen_at = now() WHERE owner = $1", [.uuid(owner)])
            let held = try await connection.query(
                """
                UPDATE outbox_shard SET lease_until = now() + $2 * interval '1 millisecond'
                WHERE owner = $1 AND lease_until > now() RETURNING shard
                """,
                [.uuid(owner), .int8(Int64(lease / .milliseconds(1)))]
            )
            return try held.map { Shard(number: try $0.decode("shard", as: Int16.self)) }
        }
    }

    package func releaseShards(owner: UUID) async throws {
        try await pool.withTransaction { connection in
            try await connection.query(
                "UPDATE outbox_shard SET owner = NULL, lease_until = NULL WHERE owner = $1",
                [.uuid(owner)]
            )
            try await connection.query("DELETE FROM outbox_member WHERE owner = $1", [.uuid(owner)])
        }
    }

    package func waitingEvents(in shards: [Shard], limit: Int) async throws -> [OutboxEvent] {
        guard !shards.isEmpty else { return [] }
        let rows = try await pool.query(
            """
            SELECT o.id AS outbox_id, \(Self.eventColumns)
            FROM (SELECT * FROM outbox WHERE shard = ANY($1) ORDER BY id LIMIT $2) o
            JOIN immunization_version v ON v.immunization_id = o.record_id AND v.change = o.change
            ORDER BY o.id
            """,
            [.int2s(shards.map(\.number)), .int8(Int64(limit))]
        )
        return try rows.map { row in
            OutboxEvent(outboxID: try row.decode("outbox_id", as: Int64.self), event: try Self.event(row))
        }
    }

    /// Bytes of resources read together, about: resources may be as long as a megabyte.
    private static let publicationBytes: Int64 = 32 << 20

    package func waitingPublications(in shards: [Shard], limit: Int) async throws -> [OutboxPublication] {
        guard !shards.isEmpty else { return [] }
        let rows = try await pool.query(
            """
            SELECT * FROM (
                SELECT o.id AS outbox_id, \(Self.eventColumns), c.resource AS current, pc.resource AS previous,
                    sum(length(c.resource) + coalesce(length(pc.resource), 0)) OVER (ORDER BY o.id)
                        - length(c.resource) - coalesce(length(pc.resource), 0) AS bytes_before
                FROM (SELECT * FROM outbox WHERE shard = ANY($1) ORDER BY id LIMIT $2) o
                JOIN immunization_version v ON v.immunization_id = o.record_id AND v.change = o.change
                JOIN immunization_version c ON c.immunization_id = o.record_id AND c.change = v.content_change
                LEFT JOIN immunization_version p ON p.immunization_id = o.record_id AND p.change = o.change - 1
                LEFT JOIN immunization_version pc ON pc.immunization_id = o.record_id AND pc.change = p.content_change
            ) w
            WHERE bytes_before < $3 ORDER BY outbox_id
            """,
            [.int2s(shards.map(\.number)), .int8(Int64(limit)), .int8(Self.publicationBytes)]
        )
        return try rows.map { row in
            OutboxPublication(
                outboxID: try row.decode("outbox_id", as: Int64.self),
                event: try Self.event(row),
                current: try row.decode("current", as: [UInt8].self),
                previous: try row.decode("previous", as: [UInt8]?.self)
            )
        }
    }

    package func mendings() async throws -> Int64 {
        try await pool.query("SELECT mendings FROM event_log", []).first?.decode("mendings", as: Int64.self) ?? 0
    }

    package func delete(
        published outboxIDs: [Int64],
        to topic: String,
        through ends: [Int32: Int64],
        mendings: Int64
    ) async throws {
        guard !outboxIDs.isEmpty else { return }
        let partitions = ends.keys.sorted()
        try await pool.withTransaction { connection in
            // Locked, so that a switch or a mending of the log waits for this transaction, or this one sees it.
            let log = try await connection.query("SELECT * FROM event_log FOR SHARE", []).first
            let recorded = try log.map(Self.identity) ?? .embedded
            guard recorded.topic == topic else { throw EventLogMismatch(recorded: recorded, topic: topic) }
            guard try log?.decode("mendings", as: Int64.self) == mendings else { throw LogMendedError() }
            try await connection.query("DELETE FROM outbox WHERE id = ANY($1)", [.int8s(outboxIDs)])
            try await connection.query(
                """
                INSERT INTO published_offset AS p (topic, partition, next_offset)
                SELECT $1, * FROM unnest($2::int[], $3::bigint[]) ORDER BY 2
                ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
                WHERE p.next_offset < excluded.next_offset
                """,
                [.text(topic), .int4s(partitions), .int8s(partitions.map { ends[$0, default: 0] })]
            )
        }
    }

    package func setAside(outboxID: Int64, reason: String) async throws -> Int {
        try await pool.query(
            """
            WITH refused AS (SELECT * FROM outbox WHERE id = $1),
                 moved AS (
                     DELETE FROM outbox o USING refused r
                     WHERE o.shard = r.shard AND o.record_id = r.record_id AND o.id >= r.id
                     RETURNING o.id, o.shard, o.record_id, o.change
                 )
            INSERT INTO outbox_dead (id, shard, record_id, change, error)
            SELECT id, shard, record_id, change, CASE WHEN id = $1 THEN $2 ELSE 'follows a change that is refused' END FROM moved
            """,
            [.int8(outboxID), .text(reason)]
        ).affectedRows
    }

    package func hasWaiting(moreThan limit: Int) async throws -> Bool {
        // Ids ascend with time, so their span is a bound that costs two looks into the index; only where it does not settle
        // the question are rows counted.
        let row = try await pool.query(
            """
            SELECT CASE WHEN max(id) - min(id) < $1 THEN false
                ELSE (SELECT count(*) > $1 FROM (SELECT FROM outbox LIMIT $1 + 1) o) END AS exceeds
            FROM outbox
            """,
            [.int8(Int64(limit))]
        ).first
        return try row?.decode("exceeds", as: Bool?.self) ?? false
    }

    package func depth() async throws -> OutboxDepth {
        let rows = try await pool.query(
            """
            SELECT (SELECT count(*) FROM outbox) AS waiting,
                   (SELECT v.committed_at FROM (SELECT * FROM outbox ORDER BY id LIMIT 1) o
                    JOIN immunization_version v ON v.immunization_id = o.record_id AND v.change = o.change) AS oldest
            """,
            []
        )
        guard let row = rows.first else { return OutboxDepth(waiting: 0, oldest: nil) }
        return OutboxDepth(
            waiting: try row.decode("waiting", as: Int.self),
            oldest: try row.decode("oldest", as: Date?.self)
        )
    }

    /// What an event is made of, from a version row called `v`.
    static let eventColumns = """
        v.immunization_id, v.change, v.version, v.kind, v.committed_at, v.nhs_number, v.vaccine_type, v.performer, v.supplier
        """

    static func event(_ row: PostgresRow) throws -> VaccinationEvent {
        VaccinationEvent(
            kind: try row.choice("kind"),
            recordID: try row.recordID("immunization_id"),
            change: try row.decode("change", as: Int32.self),
            version: try row.decode("version", as: Int32.self),
            committedAt: try row.decode("committed_at", as: Date.self),
            attributes: EventAttributes(
                nhsNumber: try row.nhsNumber("nhs_number"),
                vaccineType: try row.decode("vaccine_type", as: String.self),
                performer: try row.decode("performer", as: String.self),
                supplier: try row.decode("supplier", as: String.self)
            )
        )
    }
}
