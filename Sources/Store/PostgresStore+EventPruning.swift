import Deliveries
import Foundation
import Postgres

/// Lets delivered events go when their time is over (D-54).
extension PostgresStore {
    /// Events that are looked at together, by when they were routed: few enough that nobody waits for the rows.
    private static let window: Duration = .seconds(600)

    package func clearEvents(olderThan age: Duration) async throws -> Bool {
        try await pool.withTransaction { connection in
            guard let (start, end) = try await Self.nextWindow(olderThan: age, on: connection) else { return false }
            let bounds: [PostgresValue] = [.timestamp(start), .timestamp(end)]
            for statement in [Self.keptFrom, Self.deleteNumbers, Self.deleteEvents] {
                try await connection.query(statement, bounds)
            }
            try await connection.query("UPDATE event_retention SET pruned_through = $1", [.timestamp(end)])
            return true
        }
    }

    /// What comes next behind what is done; nil where nothing is old enough, or another process is at it.
    private static func nextWindow(
        olderThan age: Duration,
        on connection: PostgresConnection
    ) async throws -> (Date, Date)? {
        let row = try await connection.query(
            """
            SELECT start, start + $2 * interval '1 second' AS stop
            FROM (
                SELECT CASE WHEN r.pruned_through > '-infinity' THEN r.pruned_through
                    ELSE coalesce((SELECT min(routed_at) FROM event), 'infinity') END AS start
                FROM event_retention r FOR UPDATE SKIP LOCKED
            ) w WHERE start + $2 * interval '1 second' <= now() - $1 * interval '1 second'
            """,
            [.int8(age.components.seconds), .int8(window.components.seconds)]
        ).first
        return try row.map { (try $0.decode("start", as: Date.self), try $0.decode("stop", as: Date.self)) }
    }

    /// Up to which number a subscription's events are not complete any more: `$events` begins behind it.
    private static let keptFrom = """
        INSERT INTO subscription_retention (subscription_id, kept_from)
        SELECT se.subscription_id, max(se.number) + 1
        FROM event e JOIN subscription_event se ON se.record_id = e.record_id AND se.change = e.change
        JOIN lane l ON l.subscription_id = se.subscription_id AND l.channel = 'rest-hook'
        WHERE e.routed_at >= $1 AND e.routed_at < $2 AND se.number <= l.delivered_through
        GROUP BY se.subscription_id
        ON CONFLICT (subscription_id) DO UPDATE SET kept_from = greatest(subscription_retention.kept_from, excluded.kept_from)
        """

    /// Of a record's numbers in a lane the last one stays: it says who has to be told of its correction or removal.
    ///
    /// What is not delivered, set aside or asked for again stays as well.
    private static let deleteNumbers = """
        DELETE FROM subscription_event se
        USING (SELECT DISTINCT record_id FROM event WHERE routed_at >= $1 AND routed_at < $2) t, lane l
        WHERE se.record_id = t.record_id AND l.subscription_id = se.subscription_id AND l.channel = 'rest-hook'
            AND se.number <= l.delivered_through
            AND EXISTS (SELECT FROM event e WHERE e.record_id = se.record_id AND e.change = se.change AND e.routed_at < $2)
            AND EXISTS (SELECT FROM subscription_event n WHERE n.record_id = se.record_id
                AND n.subscription_id = se.subscription_id AND n.change > se.change)
            AND NOT EXISTS (SELECT FROM delivery_dead d WHERE d.subscription_id = se.subscription_id AND d.number = se.number)
            AND NOT EXISTS (SELECT FROM delivery_job j WHERE j.subscription_id = se.subscription_id
                AND j.finished_at IS NULL AND j.numbers @> se.number)
        """

    /// A record's last event stays: whether one comes again, or is missing, is told by it (D-84).
    private static let deleteEvents = """
        DELETE FROM event e
        USING (SELECT DISTINCT record_id FROM event WHERE routed_at >= $1 AND routed_at < $2) t
        WHERE e.record_id = t.record_id AND e.routed_at < $2
            AND EXISTS (SELECT FROM event n WHERE n.record_id = e.record_id AND n.change > e.change)
            AND NOT EXISTS (SELECT FROM subscription_event se WHERE se.record_id = e.record_id AND se.change = e.change)
        """
}
