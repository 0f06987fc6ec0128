package import Deliveries
package import Events
import Foundation
import Postgres
import Vaccination

extension PostgresStore {
    package func attempts(
        _ selection: DeliverySelection,
        before: Int64?,
        limit: Int
    ) async throws -> [LoggedAttempt] {
        var conditions = Conditions(selection, time: "a.started_at", cause: "a.outcome")
        conditions.add("a.id <", before.map { .int8($0) })
        return try await pool.query(
            """
            SELECT a.id, a.subscription_id, a.kind, a.first_number, a.last_number, a.attempt, a.started_at, a.milliseconds,
                a.outcome, a.http_status
            FROM delivery_attempt a JOIN subscription s ON s.id = a.subscription_id
            \(conditions.sql) ORDER BY a.id DESC LIMIT \(limit)
            """,
            conditions.values
        ).map(Self.loggedAttempt)
    }

    package func deadLetters(_ selection: DeliverySelection, limit: Int) async throws -> [DeadLetter] {
        let conditions = Conditions(selection, time: "d.set_aside_at", cause: "d.cause")
        return try await pool.query(
            "\(Self.deadLetterQuery) \(conditions.sql) ORDER BY d.subscription_id, d.number LIMIT \(limit)",
            conditions.values
        ).map(Self.deadLetter)
    }

    package func standing(of number: Int64, in subscription: SubscriptionID) async throws -> DeliveryStanding? {
        let keys: [PostgresValue] = [.uuid(subscription.uuid), .int8(number)]
        let rows = try await pool.query(
            """
            SELECT se.record_id, se.shape, v.committed_at,
                CASE WHEN d.number IS NOT NULL THEN 'dead' WHEN se.number <= l.delivered_through THEN 'delivered'
                     WHEN s.status NOT IN ('active', 'error') THEN s.status WHEN l.paused_at IS NOT NULL THEN 'paused'
                     WHEN l.next_attempt_at = 'infinity' THEN 'parked' WHEN l.attempt > 0 THEN 'retrying' ELSE 'waiting'
                END AS state,
                CASE WHEN se.number > l.delivered_through AND l.attempt > 0 THEN nullif(l.next_attempt_at, 'infinity') END
                    AS next_attempt_at
            FROM subscription_event se JOIN subscription s ON s.id = se.subscription_id
            JOIN lane l ON l.subscription_id = se.subscription_id
            JOIN immunization_version v ON v.immunization_id = se.record_id AND v.change = se.change
            LEFT JOIN delivery_dead d ON d.subscription_id = se.subscription_id AND d.number = se.number
            WHERE se.subscription_id = $1 AND se.number = $2
            """,
            keys
        )
        guard let row = rows.first else { return nil }
        // A batch holds a hundred events at most.
        let attempts = try await pool.query(
            """
            SELECT * FROM delivery_attempt WHERE subscription_id = $1 AND last_number BETWEEN $2 AND $2 + 99
                AND first_number <= $2 ORDER BY id
            """,
            keys
        )
        let dead = try await pool.query(
            "\(Self.deadLetterQuery) WHERE d.subscription_id = $1 AND d.number = $2",
            keys
        )
        return DeliveryStanding(
            subscription: subscription,
            number: number,
            record: try row.recordID("record_id").description,
            shape: try row.choice("shape", of: EventShape.self).method,
            committedAt: try row.decode("committed_at", as: Date.self),
            state: try row.decode("state", as: String.self),
            nextAttemptAt: try row.decode("next_attempt_at", as: Date?.self),
            attempts: try attempts.map(Self.loggedAttempt),
            deadLetter: try dead.first.map(Self.deadLetter)
        )
    }

    private static let deadLetterQuery = """
        SELECT d.subscription_id, d.number, s.client, s.endpoint, d.cause, d.http_status, d.attempts, d.set_aside_at,
            d.set_aside_by, d.reason
        FROM delivery_dead d JOIN subscription s ON s.id = d.subscription_id
        """

    private static func loggedAttempt(_ row: PostgresRow) throws -> LoggedAttempt {
        var numbers: ClosedRange<Int64>?
        if let first = try row.decode("first_number", as: Int64?.self),
            let last = try row.decode("last_number", as: Int64?.self), first <= last
        {
            numbers = first...last
        }
        return LoggedAttempt(
            id: try row.decode("id", as: Int64.self),
            subscription: try row.subscriptionID("subscription_id"),
            kind: try row.decode("kind", as: String.self),
            numbers: numbers,
            attempt: try row.decode("attempt", as: Int.self),
            startedAt: try row.decode("started_at", as: Date.self),
            milliseconds: try row.decode("milliseconds", as: Int.self),
            outcome: try row.decode("outcome", as: String.self),
            httpStatus: try row.decode("http_status", as: Int?.self)
        )
    }

    private static func deadLetter(_ row: PostgresRow) throws -> DeadLetter {
        DeadLetter(
            subscription: try row.subscriptionID("subscription_id"),
            number: try row.decode("number", as: Int64.self),
            client: try row.decode("client", as: String.self),
            endpoint: try row.decode("endpoint", as: String.self),
            cause: try row.decode("cause", as: String.self),
            httpStatus: try row.decode("http_status", as: Int?.self),
            attempts: try row.decode("attempts", as: Int.self),
            setAsideAt: try row.decode("set_aside_at", as: Date.self),
            setAsideBy: try row.decode("set_aside_by", as: String?.self),
            reason: try row.decode("reason", as: String?.self)
        )
    }
}

/// A WHERE clause with its values: only what is asked stands in it, so that it uses the index of what is asked.
struct Conditions {
    private(set) var values: [PostgresValue] = []
    private var terms: [String] = []

    /// The conditions on a subscription called `s`, and on a time and a cause.
    init(_ selection: DeliverySelection, time: String = "", cause: String = "") {
        add("s.id =", selection.subscription.map { .uuid($0.uuid) })
        add("s.client =", selection.client.map { .text($0) })
        add(#"substring(s.endpoint FROM '^[a-z]+://[^/?#]+') ="#, selection.origin.map { .text($0) })
        add("\(cause) =", selection.cause.map { .text($0) })
        add("\(time) >=", selection.since.map { .timestamp($0) })
        add("\(time) <", selection.until.map { .timestamp($0) })
    }

    /// Adds a condition: a fixed text, and the value behind it.
    mutating func add(_ term: String, _ value: PostgresValue?) {
        guard let value else { return }
        values.append(value)
        terms.append("\(term) $\(values.count)")
    }

    /// The clause; empty where nothing is asked.
    var sql: String { terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND ") }
}
