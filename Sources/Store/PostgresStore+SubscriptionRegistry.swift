package import Access
package import Events
package import FHIR
import Foundation
import Postgres
package import Subscriptions

extension PostgresStore: SubscriptionRegistry {
    package func register(
        _ subscription: Subscription,
        stated: JSONValue,
        limit: Int,
        audit: @Sendable () -> AuditRecord
    ) async throws -> SubscriptionRegistration {
        try await pool.withTransaction { connection in
            // Of two at a time that ask the same, or reach the limit, the second one sees the first.
            try await connection.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('subscriptions of ' || $1, 0))",
                [.text(subscription.client)]
            )
            let known = try await connection.query(
                """
                SELECT id, filter = $2 AND endpoint = $3 AND content = $4 AND channel = $5 AND payload = $6 AS is_same
                FROM subscription WHERE client = $1 AND audience = 'subscriber' AND deleted_at IS NULL
                """,
                [
                    .text(subscription.client), try .jsonb(subscription.filter.json), .text(subscription.endpoint),
                    .text(subscription.content.rawValue), .text(subscription.channel.rawValue),
                    .text(subscription.payload),
                ]
            )
            if let same = try known.first(where: { try $0.decode("is_same", as: Bool.self) }) {
                return .duplicate(try same.subscriptionID("id"))
            }
            guard known.count < limit else { return .tooMany }
            try await Self.insert(subscription, on: connection)
            try await connection.query(
                """
                UPDATE subscription SET stated = $2, off_by = $3, off_at = CASE WHEN $3::text IS NOT NULL THEN now() END
                WHERE id = $1
                """,
                [
                    .uuid(subscription.id.uuid), .text(String(decoding: stated.bytes, as: UTF8.self)),
                    .text(optional: subscription.offBy?.rawValue),
                ]
            )
            if subscription.status == .requested {
                try await Self.markReady(subscription.id.uuid, on: connection)
            }
            try await Self.audit([audit()], on: connection)
            try await Self.announce([subscription.id.uuid], on: connection)
            return .created
        }
    }

    package func registered(_ id: SubscriptionID, of client: String) async throws -> FoundSubscription? {
        let rows = try await pool.query("\(Self.registeredQuery) WHERE s.id = $1", [.uuid(id.uuid)])
        guard let row = rows.first else { return nil }
        // Those of national events are looked after at another address, in another release (`nems.md` §4.1).
        guard try row.decode("client", as: String.self) == client,
            try row.decode("audience", as: String.self) == Subscription.Audience.subscriber.rawValue
        else { return .foreign }
        return try row.decode("is_deleted", as: Bool.self) ? .deleted : .live(try Self.registered(row))
    }

    package func registered(_ query: SubscriptionQuery, of client: String) async throws -> SubscriptionPage {
        var values: [PostgresValue] = [.text(client)]
        let conditions = Self.conditions(query, &values)
        let total = try await pool.query("SELECT count(*) AS total FROM subscription s WHERE \(conditions)", values)
        values += [.uuid(optional: query.after), .int8(Int64(query.limit))]
        let rows = try await pool.query(
            """
            \(Self.registeredQuery) WHERE \(conditions) AND ($\(values.count - 1)::uuid IS NULL OR s.id > $\(values.count - 1))
            ORDER BY s.id LIMIT $\(values.count)
            """,
            values
        )
        return SubscriptionPage(
            total: Int(try total.first?.decode("total", as: Int64.self) ?? 0),
            subscriptions: try rows.map(Self.registered)
        )
    }

    package func change(
        _ id: SubscriptionID,
        of client: String,
        _ decide: @Sendable (RegisteredSubscription) throws -> SubscriptionChange,
        audit: @Sendable () -> AuditRecord
    ) async throws -> RegisteredSubscription? {
        try await pool.withTransaction { connection in
            // The lane first: couriers lock in this order too.
            try await connection.query(
                "SELECT FROM lane WHERE subscription_id = $1 FOR NO KEY UPDATE",
                [.uuid(id.uuid)]
            )
            let rows = try await connection.query(
                """
                \(Self.registeredQuery)
                WHERE s.id = $1 AND s.client = $2 AND s.audience = 'subscriber' AND s.deleted_at IS NULL
                FOR NO KEY UPDATE OF s
                """,
                [.uuid(id.uuid), .text(client)]
            )
            guard let current = try rows.first.map(Self.registered) else { return nil }
            let change = try decide(current)
            try await Self.write(change, on: connection)
            try await Self.settle(change, on: connection)
            try await Self.audit([audit()], on: connection)
            try await Self.announce([id.uuid], on: connection)
            let changed = try await connection.query("\(Self.registeredQuery) WHERE s.id = $1", [.uuid(id.uuid)])
            return try changed.first.map(Self.registered)
        }
    }

    private static func write(_ change: SubscriptionChange, on connection: PostgresConnection) async throws {
        let subscription = change.subscription
        try await connection.query(
            """
            UPDATE subscription SET status = $2, reason = $3, filter = $4, endpoint = $5, content = $6, max_count = $7,
                timeout_ms = $8, payload = $9, headers = $10,
                headers_key = CASE WHEN headers = $10 THEN headers_key END, heartbeat = $11, end_at = $12, release = $13,
                topic = $14, status_text = $15, contact = $16, version = $17, updated_at = $18, stated = coalesce($19, stated),
                off_at = CASE WHEN $20::text IS NULL THEN NULL WHEN status = 'off' THEN coalesce(off_at, end_at, now())
                    ELSE now() END,
                off_by = $20, deleted_at = CASE WHEN $21 THEN now() END
            WHERE id = $1
            """,
            [
                .uuid(subscription.id.uuid), .text(subscription.status.rawValue), .text(subscription.reason),
                try .jsonb(subscription.filter.json), .text(subscription.endpoint),
                .text(subscription.content.rawValue), .int4(Int32(subscription.maxCount)),
                .int4(Int32(subscription.timeout / .milliseconds(1))), .text(subscription.payload),
                .bytes(optional: stored(headers: subscription.headers)),
                .int4(optional: subscription.heartbeat.map { Int32($0.components.seconds) }),
                .timestamp(optional: subscription.end), .text(subscription.release.rawValue),
                .text(optional: subscription.topic), .text(optional: subscription.statusText),
                .texts(subscription.contact), .int4(Int32(subscription.versionID)),
                .timestamp(subscription.lastUpdated),
                .text(optional: change.stated.map { String(decoding: $0.bytes, as: UTF8.self) }),
                .text(optional: subscription.offBy?.rawValue), .bool(change.effect == .delete),
            ]
        )
    }

    /// What a change means for the lane: a courier that is at it finds that it has lost it.
    private static func settle(_ change: SubscriptionChange, on connection: PostgresConnection) async throws {
        let id = change.subscription.id.uuid
        switch change.effect {
        case .none: break
        case .restart(let keepsBatch):
            try await connection.query(
                """
                UPDATE lane SET attempt = 0, first_failure_at = NULL, last_error = NULL, next_attempt_at = now(),
                    lease_epoch = lease_epoch + 1, lease_owner = NULL, lease_until = NULL,
                    batch_to = CASE WHEN $2 THEN batch_to END, bundle_id = CASE WHEN $2 THEN bundle_id END,
                    frozen_at = CASE WHEN $2 THEN frozen_at END
                WHERE subscription_id = $1
                """,
                [.uuid(id), .bool(keepsBatch)]
            )
            try await markReady(id, on: connection)
        case .switchOff: try await dropEvents(of: id, on: connection)
        case .delete:
            try await dropEvents(of: id, on: connection)
            try await forget(id, on: connection)
        }
    }

    /// Nothing is sent any more; what was not delivered is dropped.
    static func dropEvents(of id: UUID, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE lane l SET delivered_through = h.last_number, batch_to = NULL, bundle_id = NULL, frozen_at = NULL,
                attempt = 0, first_failure_at = NULL, last_error = NULL, next_attempt_at = now(),
                lease_epoch = lease_epoch + 1, lease_owner = NULL, lease_until = NULL
            FROM subscription_head h WHERE l.subscription_id = $1 AND h.subscription_id = $1
            """,
            [.uuid(id)]
        )
        try await connection.query("DELETE FROM lane_ready WHERE subscription_id = $1", [.uuid(id)])
    }

    /// Erases what is nobody's any more: the secrets it was signed with, and what was to be sent again.
    static func forget(_ id: UUID, on connection: PostgresConnection) async throws {
        try await connection.query("DELETE FROM subscription_secret WHERE subscription_id = $1", [.uuid(id)])
        try await connection.query("DELETE FROM lane_timer WHERE subscription_id = $1", [.uuid(id)])
        try await connection.query(
            """
            UPDATE delivery_job SET finished_at = now(), outcome = 'cancelled'
            WHERE subscription_id = $1 AND finished_at IS NULL
            """,
            [.uuid(id)]
        )
    }

    /// A handshake waits: couriers look for lanes here (D-40).
    private static func markReady(_ id: UUID, on connection: PostgresConnection) async throws {
        try await connection.query(
            "INSERT INTO lane_ready (subscription_id) VALUES ($1) ON CONFLICT DO NOTHING",
            [.uuid(id)]
        )
    }

    private static let registeredQuery = """
        SELECT \(progressColumns), s.stated, coalesce(s.off_at, CASE WHEN s.end_at <= now() THEN s.end_at END) AS off_at,
            s.deleted_at IS NOT NULL AS is_deleted, l.first_failure_at,
            (SELECT nullif(coalesce(b.forced, b.state), 'closed') FROM origin_breaker b WHERE b.origin = s.origin) AS breaker,
            CASE WHEN l.attempt > 0 THEN (
                SELECT a.http_status FROM delivery_attempt a WHERE a.subscription_id = s.id ORDER BY a.id DESC LIMIT 1
            ) END AS last_http_status
        FROM subscription s JOIN subscription_head h ON h.subscription_id = s.id JOIN lane l ON l.subscription_id = s.id
        """

    private static func registered(_ row: PostgresRow) throws -> RegisteredSubscription {
        RegisteredSubscription(
            progress: try progress(row),
            stated: try row.decode("stated", as: String?.self).map { try JSONValue(parsing: Array($0.utf8)) },
            firstFailureAt: try row.decode("first_failure_at", as: Date?.self),
            lastHTTPStatus: try row.decode("last_http_status", as: Int?.self),
            offAt: try row.decode("off_at", as: Date?.self),
            breaker: try row.decode("breaker", as: String?.self)
        )
    }

    /// The conditions of a search and the values they name, behind the client's.
    private static func conditions(_ query: SubscriptionQuery, _ values: inout [PostgresValue]) -> String {
        var conditions = ["s.client = $1", "s.audience = 'subscriber'", "s.deleted_at IS NULL"]
        func among(_ wanted: [String]?, _ condition: (String) -> String) {
            guard let wanted else { return }
            values.append(.texts(wanted))
            conditions.append(condition("$\(values.count)"))
        }
        func among(_ wanted: [SubscriptionQuery.Token]?, _ rows: String) {
            guard let wanted else { return }
            values.append(.texts(optional: wanted.map(\.system)))
            values.append(.texts(wanted.map(\.value)))
            conditions.append(
                """
                EXISTS (SELECT FROM \(rows) t (system, value), unnest($\(values.count - 1)::text[], $\(values.count)::text[])
                    w (system, value) WHERE t.value = w.value AND (w.system IS NULL OR t.system IS NOT DISTINCT FROM w.system))
                """
            )
        }
        if let ids = query.ids {
            values.append(.uuids(ids))
            conditions.append("s.id = ANY($\(values.count))")
        }
        among(query.statuses) { "(CASE WHEN s.end_at <= now() THEN 'off' ELSE s.status END) = ANY(\($0))" }
        among(query.endpoints) { "s.endpoint = ANY(\($0))" }
        among(query.payloads) { "s.payload = ANY(\($0))" }
        among(query.channels) { "s.channel = ANY(\($0))" }
        among(query.topics) {
            "EXISTS (SELECT FROM unnest(\($0)::text[]) w WHERE starts_with(lower(coalesce(s.topic, '')), lower(w)))"
        }
        among(query.filters) {
            """
            EXISTS (SELECT FROM jsonb_path_query(s.stated::jsonb, '$._criteria.extension[*].valueString') f,
                unnest(\($0)::text[]) w WHERE strpos(lower(f #>> '{}'), lower(w)) > 0)
            """
        }
        among(
            query.contacts,
            "(SELECT c ->> 'system', c ->> 'value' FROM jsonb_path_query(s.stated::jsonb, '$.contact[*]') c)"
        )
        among(
            query.identifiers,
            """
            (SELECT e ->> 'system', e ->> 'value' FROM jsonb_path_query(s.stated::jsonb, '$.extension[*] ? (@.url == \
            "\(BackportURL.identifier)").valueIdentifier') e)
            """
        )
        return conditions.joined(separator: " AND ")
    }
}
