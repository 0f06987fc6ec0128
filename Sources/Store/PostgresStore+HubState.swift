import Events
import Feeds
import Foundation
package import Operations
import Postgres

extension PostgresStore: HubStateStore {
    /// Rows counted at most: beyond that the number is of no interest any more.
    private static let countLimit = 1_000_000
    /// Lanes whose oldest event is looked for.
    private static let laneLimit = 200
    /// Clients that are named: labels of metrics are a bounded set.
    private static let clientLimit = 20

    package func hubState() async throws -> HubState {
        try await pool.withTransaction(readOnly: true) { connection in
            try await connection.query("SET LOCAL statement_timeout = '5s'")
            var state = HubState()
            state.feeds = try await Self.openFeeds(connection)
            state.outbox = try await Self.outbox(connection)
            state.unanswered = try await Self.unanswered(connection)
            state.waitingPatients = try await Self.waitingPatients(connection)
            state.outboxMembers = try await Self.count("outbox_member", connection)
            state.lanes = try await Self.laneGroups(connection)
            state.slowestLanes = try await Self.slowestLanes(connection)
            state.slowestClients = try await Self.slowestClients(connection)
            state.deadEvents =
                try await Self.count("event_dead", connection) + Self.count("outbox_dead", connection)
            state.recentDead = try await Self.recentDead(connection)
            state.recentFeeds = try await Self.recentFeeds(connection)
            state.positions = try await Self.positions(connection)
            state.diskUsed = try await Self.diskUse(connection)?.share
            state.nationalFeed = try await Self.nationalFeed(connection)
            state.oldestTransactionSeconds = try await Self.oldestTransaction(connection)
            return state
        }
    }

    private static func nationalFeed(_ connection: PostgresConnection) async throws -> HubState.NationalFeed? {
        let rows = try await connection.query(
            """
            SELECT f.stop,
                (SELECT count(*) FROM feed_message m
                 WHERE m.subscription_id = f.subscription_id AND m.state = 'waiting') AS waiting,
                (SELECT count(DISTINCT h.record_id) FROM feed_held h
                 WHERE h.subscription_id = f.subscription_id AND h.released_in IS NULL) AS held,
                (SELECT count(*) FROM feed_run r
                 JOIN feed_file l ON (l.subscription_id, l.sequence) = (r.subscription_id, r.sequence)
                 WHERE r.subscription_id = f.subscription_id AND r.mailbox IS NOT NULL AND r.removed_at IS NULL
                    AND r.sent_at < now() - interval '24 hours' AND l.answer IS NULL AND l.vaccine_type IS NOT NULL) AS silent
            FROM feed_state f JOIN subscription s ON s.id = f.subscription_id AND s.audience = 'nis' LIMIT 1
            """
        )
        return try rows.first.map { row in
            HubState.NationalFeed(
                waiting: try row.decode("waiting", as: Int.self),
                unanswered: try row.decode("silent", as: Int.self),
                heldBack: try row.decode("held", as: Int.self),
                stop: try row.decode("stop", as: String?.self)
            )
        }
    }

    private static func openFeeds(_ connection: PostgresConnection) async throws -> [HubState.Waiting] {
        try await connection.query(
            """
            SELECT k.status, count(f.id) AS count,
                extract(epoch FROM now() - min(f.received_at))::float8 AS oldest
            FROM unnest(ARRAY['Receiving', 'Queued', 'Processing', 'Paused', 'Halted']) WITH ORDINALITY AS k (status, place)
            LEFT JOIN feed f ON f.status = k.status
                AND f.status IN ('Receiving', 'Queued', 'Processing', 'Paused', 'Halted')
            GROUP BY k.status, k.place ORDER BY k.place
            """
        ).map { row in
            HubState.Waiting(
                name: try row.decode("status", as: String.self).lowercased(),
                count: try row.decode("count", as: Int.self),
                oldestSeconds: try row.decode("oldest", as: Double?.self)
            )
        }
    }

    private static func outbox(_ connection: PostgresConnection) async throws -> HubState.Waiting {
        let oldest = try await connection.query(
            """
            SELECT extract(epoch FROM now() - v.committed_at)::float8 AS oldest
            FROM (SELECT record_id, change FROM outbox ORDER BY id LIMIT 1) o
            JOIN immunization_version v ON v.immunization_id = o.record_id AND v.change = o.change
            """
        )
        return HubState.Waiting(
            name: "outbox",
            count: try await count("outbox", connection),
            oldestSeconds: try oldest.first?.decode("oldest", as: Double.self)
        )
    }

    private static func unanswered(_ connection: PostgresConnection) async throws -> HubState.Waiting {
        let row = try await connection.query(
            """
            SELECT count(*) AS count, extract(epoch FROM now() - min(since))::float8 AS oldest FROM directory_question
            WHERE settled_at IS NULL
            """
        ).first
        return HubState.Waiting(
            name: "directory",
            count: try row?.decode("count", as: Int.self) ?? 0,
            oldestSeconds: try row?.decode("oldest", as: Double?.self)
        )
    }

    private static func waitingPatients(_ connection: PostgresConnection) async throws -> [HubState.Waiting] {
        try await connection.query(
            """
            SELECT state, count(*) AS count, extract(epoch FROM now() - min(since))::float8 AS oldest
            FROM (SELECT state, since FROM gp_waiting LIMIT $1) w GROUP BY state ORDER BY state
            """,
            [.int8(Int64(countLimit))]
        ).map { row in
            HubState.Waiting(
                name: try row.decode("state", as: String.self),
                count: try row.decode("count", as: Int.self),
                oldestSeconds: try row.decode("oldest", as: Double?.self)
            )
        }
    }

    /// How long the oldest transaction has been open: rows that were deleted since are kept for it, and the outbox is read
    /// through them (D-85).
    ///
    /// Without the right to see others' sessions only this user's own count.
    private static func oldestTransaction(_ connection: PostgresConnection) async throws -> Double {
        let row = try await connection.query(
            """
            SELECT coalesce(extract(epoch FROM now() - min(xact_start)), 0)::float8 AS age FROM pg_stat_activity
            WHERE backend_xmin IS NOT NULL AND backend_type = 'client backend'
            """
        ).first
        return try row?.decode("age", as: Double.self) ?? 0
    }

    private static func positions(_ connection: PostgresConnection) async throws -> [HubState.Position] {
        try await connection.query(
            """
            SELECT c.topic, c.partition, c.next_offset, p.next_offset AS published, g.reason FROM consumer_offset c
            LEFT JOIN published_offset p USING (topic, partition) LEFT JOIN log_gap g USING (topic, partition)
            WHERE c.topic = (SELECT topic FROM event_log) ORDER BY c.topic, c.partition
            """
        ).map { row in
            HubState.Position(
                topic: try row.decode("topic", as: String.self),
                partition: try row.decode("partition", as: Int32.self),
                nextOffset: try row.decode("next_offset", as: Int64.self),
                publishedOffset: try row.decode("published", as: Int64?.self),
                gap: try row.decode("reason", as: String?.self)
            )
        }
    }

    /// How many rows a table has, up to the limit.
    private static func count(_ table: StaticString, _ connection: PostgresConnection) async throws -> Int {
        let rows = try await connection.query(
            "SELECT count(*) AS count FROM (SELECT FROM \(table) LIMIT \(countLimit)) t"
        )
        return try rows.first?.decode("count", as: Int.self) ?? 0
    }

    /// What a lane of `lane_ready` is about, from rows called `l` and `s`.
    private static let laneState = """
        CASE WHEN s.status NOT IN ('active', 'error') THEN 'off' WHEN l.next_attempt_at = 'infinity' THEN 'parked'
             WHEN l.lease_until > now() THEN 'sending' WHEN l.attempt > 0 THEN 'retrying' ELSE 'due' END
        """

    private static func laneGroups(_ connection: PostgresConnection) async throws -> [HubState.LaneGroup] {
        try await connection.query(
            """
            SELECT s.channel, s.audience, \(laneState) AS state, count(*) AS lanes,
                sum(h.last_number - l.delivered_through)::bigint AS events
            FROM lane_ready r JOIN lane l ON l.subscription_id = r.subscription_id
            JOIN subscription s ON s.id = r.subscription_id JOIN subscription_head h ON h.subscription_id = r.subscription_id
            WHERE h.last_number > l.delivered_through
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        ).map { row in
            HubState.LaneGroup(
                channel: try row.decode("channel", as: String.self),
                audience: try row.decode("audience", as: String.self),
                state: try row.choice("state"),
                lanes: try row.decode("lanes", as: Int.self),
                events: try row.decode("events", as: Int.self)
            )
        }
    }

    /// Clients by how long their oldest event has waited, subscriptions that are off left out.
    private static func slowestClients(_ connection: PostgresConnection) async throws -> [HubState.ClientStanding] {
        try await connection.query(
            """
            SELECT s.client, sum(h.last_number - l.delivered_through)::bigint AS waiting,
                extract(epoch FROM now() - min(e.routed_at))::float8 AS oldest
            FROM lane_ready r JOIN lane l ON l.subscription_id = r.subscription_id
            JOIN subscription s ON s.id = r.subscription_id AND s.status <> 'off'
            JOIN subscription_head h ON h.subscription_id = r.subscription_id AND h.last_number > l.delivered_through
            JOIN subscription_event se ON se.subscription_id = l.subscription_id AND se.number = l.delivered_through + 1
            JOIN event e ON e.record_id = se.record_id AND e.change = se.change
            GROUP BY s.client ORDER BY oldest DESC LIMIT \(clientLimit)
            """
        ).map { row in
            HubState.ClientStanding(
                client: try row.decode("client", as: String.self),
                waiting: try row.decode("waiting", as: Int.self),
                oldestSeconds: try row.decode("oldest", as: Double.self)
            )
        }
    }

    private static func slowestLanes(_ connection: PostgresConnection) async throws -> [HubState.LaneStanding] {
        try await connection.query(
            """
            SELECT n.*, extract(epoch FROM now() - e.routed_at)::float8 AS oldest
            FROM (
                SELECT r.subscription_id, s.channel, s.audience, \(laneState) AS state, l.attempt, l.last_error,
                    l.delivered_through, h.last_number - l.delivered_through AS waiting,
                    nullif(l.next_attempt_at, 'infinity') AS next_attempt_at
                FROM lane_ready r JOIN lane l ON l.subscription_id = r.subscription_id
                JOIN subscription s ON s.id = r.subscription_id
                JOIN subscription_head h ON h.subscription_id = r.subscription_id
                WHERE h.last_number > l.delivered_through
                ORDER BY s.status NOT IN ('active', 'error'), l.first_failure_at NULLS LAST, l.frozen_at NULLS LAST
                LIMIT \(laneLimit)
            ) n
            LEFT JOIN subscription_event se
                ON se.subscription_id = n.subscription_id AND se.number = n.delivered_through + 1
            LEFT JOIN event e ON e.record_id = se.record_id AND e.change = se.change
            ORDER BY n.state = 'off', oldest DESC NULLS LAST
            """
        ).map { row in
            let attempt = try row.decode("attempt", as: Int.self)
            return HubState.LaneStanding(
                subscription: try row.subscriptionID("subscription_id").description,
                audience: try row.decode("audience", as: String.self),
                channel: try row.decode("channel", as: String.self),
                state: try row.choice("state"),
                waiting: try row.decode("waiting", as: Int.self),
                oldestSeconds: try row.decode("oldest", as: Double?.self),
                failedAttempts: attempt,
                lastError: try row.decode("last_error", as: String?.self),
                nextAttemptAt: attempt == 0 ? nil : try row.decode("next_attempt_at", as: Date?.self)
            )
        }
    }
}
