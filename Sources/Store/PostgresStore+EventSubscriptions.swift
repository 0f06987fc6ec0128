package import Access
package import Events
import FHIR
package import Foundation
import Postgres
package import Subscriptions

extension PostgresStore: EventSubscriptionStore {
    package func register(
        _ new: EventSubscription,
        sameness: String,
        audit: @Sendable () -> AuditRecord
    ) async throws -> SubscriptionID? {
        let subscription = new.subscription
        return try await pool.withTransaction { connection in
            // Of two at a time that are the same the second one sees the first.
            try await connection.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('subscriptions of ' || $1, 0))",
                [.text(subscription.client)]
            )
            let known = try await connection.query(
                """
                SELECT id FROM subscription WHERE client = $1 AND sameness = $2 AND deleted_at IS NULL AND status <> 'off'
                    AND (end_at IS NULL OR end_at > now())
                """,
                [.text(subscription.client), .text(sameness)]
            )
            if let same = known.first { return try same.subscriptionID("id") }
            try await Self.insert(subscription, on: connection)
            try await connection.query(
                "UPDATE subscription SET stated = $2, tag = $3, sameness = $4 WHERE id = $1",
                [
                    .uuid(subscription.id.uuid), .text(String(decoding: new.stated.bytes, as: UTF8.self)),
                    .text(optional: new.tag), .text(sameness),
                ]
            )
            try await Self.audit([audit()], on: connection)
            try await Self.announce([subscription.id.uuid], on: connection)
            return nil
        }
    }

    package func eventSubscription(_ id: SubscriptionID, of client: String) async throws -> EventSubscription? {
        try await pool.query(
            "\(Self.eventSubscriptionQuery) AND s.client = $1 AND s.id = $2",
            [.text(client), .uuid(id.uuid)]
        ).first.map(Self.eventSubscription)
    }

    package func eventSubscriptions(
        _ query: EventSubscriptionQuery,
        of client: String
    ) async throws -> EventSubscriptionPage {
        let conditions = """
            s.client = $1 AND NOT EXISTS (
                SELECT FROM unnest($2::text[]) c WHERE strpos(s.stated::jsonb ->> 'criteria', c) = 0
            )
            AND ($3::text IS NULL OR s.endpoint = $3)
            AND ($4::text IS NULL OR s.stated::jsonb #>> '{contact,0,value}' LIKE '%/' || $4)
            AND ($5::text IS NULL OR (CASE WHEN s.end_at <= now() THEN 'off' ELSE s.status END) = $5)
            AND ($6::text IS NULL OR s.tag = $6)
            """
        let values: [PostgresValue] = [
            .text(client), .texts(query.criteria), .text(optional: query.mailbox.map(Subscription.endpoint)),
            .text(optional: query.organisation), .text(optional: query.status), .text(optional: query.tag),
        ]
        let total = try await pool.query(
            "SELECT count(*) AS total FROM subscription s WHERE audience = 'nems' AND deleted_at IS NULL AND \(conditions)",
            values
        )
        let rows = try await pool.query(
            """
            \(Self.eventSubscriptionQuery) AND \(conditions) AND ($7::uuid IS NULL OR s.id > $7) ORDER BY s.id LIMIT $8
            """,
            values + [.uuid(optional: query.after), .int8(Int64(query.limit))]
        )
        return EventSubscriptionPage(
            total: Int(try total.first?.decode("total", as: Int64.self) ?? 0),
            subscriptions: try rows.map(Self.eventSubscription)
        )
    }

    package func removeEventSubscription(
        _ id: SubscriptionID,
        of client: String,
        now: Date,
        audit: @Sendable () -> AuditRecord
    ) async throws -> Bool {
        try await pool.withTransaction { connection in
            // The lane first: couriers lock in this order too.
            try await connection.query(
                "SELECT FROM lane WHERE subscription_id = $1 FOR NO KEY UPDATE",
                [.uuid(id.uuid)]
            )
            let removed = try await connection.query(
                """
                UPDATE subscription SET status = 'off', off_by = 'client', off_at = now(), deleted_at = now(),
                    updated_at = $3, version = version + 1
                WHERE id = $1 AND client = $2 AND audience = 'nems' AND deleted_at IS NULL
                """,
                [.uuid(id.uuid), .text(client), .timestamp(now)]
            )
            guard removed.affectedRows == 1 else { return false }
            try await Self.dropEvents(of: id.uuid, on: connection)
            try await Self.forget(id.uuid, on: connection)
            try await Self.audit([audit()], on: connection)
            try await Self.announce([id.uuid], on: connection)
            return true
        }
    }

    package func knows(organisation: String) async throws -> Bool {
        try await knows(
            """
            EXISTS (SELECT FROM practice WHERE ods_code = $1)
                OR EXISTS (SELECT FROM api_client WHERE $1 = ANY(ods_codes))
                OR EXISTS (SELECT FROM api_client, unnest(mailboxes) m WHERE m LIKE '%=' || $1)
            """,
            organisation
        )
    }

    package func knows(_ organisation: String, by rule: GeographyRule) async throws -> Bool {
        switch rule {
        case .registeredPractice:
            try await knows("EXISTS (SELECT FROM practice WHERE ods_code = $1)", organisation)
        case .practiceSubLocation:
            try await knows("EXISTS (SELECT FROM practice WHERE sub_location = $1)", organisation)
        case .homeSubLocation:
            try await knows("EXISTS (SELECT FROM postcode_place WHERE sub_location = $1)", organisation)
        case .homeAuthority:
            try await knows("EXISTS (SELECT FROM postcode_place WHERE authority = $1)", organisation)
        case .homeCountry: GeographyRule.countries.contains(organisation)
        }
    }

    private func knows(_ condition: String, _ code: String) async throws -> Bool {
        let rows = try await pool.query("SELECT \(condition) AS known", [.text(code)])
        return try rows.first?.decode("known", as: Bool.self) == true
    }

    private static let eventSubscriptionQuery = """
        SELECT \(subscriptionColumns), s.stated, s.tag FROM subscription s
        WHERE s.audience = 'nems' AND s.deleted_at IS NULL
        """

    private static func eventSubscription(_ row: PostgresRow) throws -> EventSubscription {
        EventSubscription(
            try subscription(row),
            stated: try JSONValue(parsing: Array(row.decode("stated", as: String.self).utf8)),
            tag: try row.decode("tag", as: String?.self)
        )
    }
}
