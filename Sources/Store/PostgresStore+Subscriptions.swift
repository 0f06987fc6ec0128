import Access
package import Events
import FHIR
package import Foundation
import Postgres
package import Subscriptions
import Vaccination

extension PostgresStore: SubscriptionStore {
    package func create(_ subscription: Subscription) async throws {
        try await pool.withTransaction { connection in
            try await Self.insert(subscription, on: connection)
            try await record(
                "subscription \(subscription.id) created for the client \(subscription.client)",
                of: AuditedResource("Subscription", id: "\(subscription.id)"),
                on: connection
            )
            try await Self.announce([subscription.id.uuid], on: connection)
        }
    }

    package func progress(of id: SubscriptionID) async throws -> SubscriptionProgress? {
        let rows = try await pool.query("\(Self.progressQuery) WHERE s.id = $1", [.uuid(id.uuid)])
        return try rows.first.map(Self.progress)
    }

    package func allProgress() async throws -> [SubscriptionProgress] {
        try await pool.query("\(Self.progressQuery) WHERE s.deleted_at IS NULL ORDER BY s.created_at, s.id", []).map(
            Self.progress
        )
    }

    package func load(practices: [Practice]) async throws {
        try await pool.withTransaction { connection in
            var changed: [UUID] = []
            // In one order, or two loads at a time could wait for each other.
            for practice in practices.sorted(by: { $0.odsCode < $1.odsCode }) {
                try await connection.query(
                    """
                    INSERT INTO practice (ods_code, name, endpoint, sub_location) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (ods_code) DO UPDATE
                    SET name = excluded.name, endpoint = excluded.endpoint, sub_location = excluded.sub_location
                    """,
                    [
                        .text(practice.odsCode), .text(practice.name), .text(optional: practice.endpoint),
                        .text(optional: practice.subLocation),
                    ]
                )
                changed += try await Self.subscribe(practice, on: connection)
            }
            let codes = practices.map(\.odsCode).sorted().joined(separator: " ")
            try await record("practices loaded: \(codes)", on: connection)
            try await Self.announce(changed, on: connection)
        }
    }

    /// Gives a practice with an endpoint its subscription; one that lost its endpoint is switched off, its events are kept.
    ///
    /// - Returns: The subscriptions that were made or changed.
    private static func subscribe(_ practice: Practice, on connection: PostgresConnection) async throws -> [UUID] {
        // What failed or was parked at another address, or was switched off, is tried at once. Before the subscription:
        // couriers lock in this order too.
        try await connection.query(
            """
            UPDATE lane l SET next_attempt_at = now(), attempt = 0, first_failure_at = NULL
            FROM subscription s
            WHERE s.id = l.subscription_id AND s.audience = 'gp' AND s.filter -> 'registeredPractices' ->> 0 = $1
              AND (s.endpoint <> $2 OR s.status = 'off' AND $2::text IS NOT NULL)
            """,
            [.text(practice.odsCode), .text(optional: practice.endpoint)]
        )
        let known = try await connection.query(
            """
            UPDATE subscription SET endpoint = coalesce($2, endpoint),
                channel = CASE WHEN $2::text IS NULL THEN channel WHEN $2 LIKE 'mesh:%' THEN 'mesh' ELSE 'rest-hook' END,
                status = CASE WHEN $2::text IS NULL THEN 'off' WHEN status = 'off' THEN 'active' ELSE status END
            WHERE audience = 'gp' AND filter -> 'registeredPractices' ->> 0 = $1
            RETURNING id
            """,
            [.text(practice.odsCode), .text(optional: practice.endpoint)]
        )
        try await connection.query(
            """
            UPDATE lane l SET channel = s.channel FROM subscription s
            WHERE s.id = l.subscription_id AND s.id = ANY($1) AND l.channel <> s.channel
            """,
            [.uuids(known.map { try $0.decode("id", as: UUID.self) })]
        )
        try await connection.query(
            """
            UPDATE lane_ready r SET channel = l.channel FROM lane l
            WHERE l.subscription_id = r.subscription_id AND r.subscription_id = ANY($1) AND r.channel <> l.channel
            """,
            [.uuids(known.map { try $0.decode("id", as: UUID.self) })]
        )
        guard known.isEmpty, let endpoint = practice.endpoint else {
            return try known.map { try $0.decode("id", as: UUID.self) }
        }
        let subscription = Subscription(
            id: SubscriptionID(UUID()),
            audience: .gp,
            channel: endpoint.hasPrefix(Subscription.mailboxPrefix) ? .mesh : .restHook,
            reason: "Vaccinations of the practice's patients",
            client: Subscription.hubClient,
            filter: SubscriptionFilter(registeredPractices: [practice.odsCode]),
            endpoint: endpoint,
            createdAt: Date()
        )
        try await insert(subscription, on: connection)
        return [subscription.id.uuid]
    }

    static func insert(_ subscription: Subscription, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            INSERT INTO subscription (id, audience, channel, status, reason, client, filter, endpoint, content, max_count,
                timeout_ms, created_at, payload, headers, heartbeat, end_at, release, topic, status_text, contact, version,
                updated_at, activated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
            """,
            [
                .uuid(subscription.id.uuid), .text(subscription.audience.rawValue),
                .text(subscription.channel.rawValue), .text(subscription.status.rawValue), .text(subscription.reason),
                .text(subscription.client), try .jsonb(subscription.filter.json), .text(subscription.endpoint),
                .text(subscription.content.rawValue), .int4(Int32(subscription.maxCount)),
                .int4(Int32(subscription.timeout / .milliseconds(1))), .timestamp(subscription.createdAt),
                .text(subscription.payload), .bytes(optional: Self.stored(headers: subscription.headers)),
                .int4(optional: subscription.heartbeat.map { Int32($0.components.seconds) }),
                .timestamp(optional: subscription.end), .text(subscription.release.rawValue),
                .text(optional: subscription.topic), .text(optional: subscription.statusText),
                .texts(subscription.contact), .int4(Int32(subscription.versionID)),
                .timestamp(subscription.lastUpdated), .timestamp(optional: subscription.activatedAt),
            ]
        )
        try await connection.query(
            "INSERT INTO subscription_head (subscription_id) VALUES ($1)",
            [.uuid(subscription.id.uuid)]
        )
        try await connection.query(
            "INSERT INTO lane (subscription_id, channel) VALUES ($1, $2)",
            [.uuid(subscription.id.uuid), .text(subscription.channel.rawValue)]
        )
    }

    /// Lets routers know that subscriptions were made or changed: filter, audience or status.
    ///
    /// Last in a transaction, because the generation stays locked until its end: whoever sees a generation sees all changes
    /// up to it. Subscriptions that name patients need none of it, they are looked up for each slice; so making them,
    /// however many, neither waits here nor lets routers read anything again.
    static func announce(_ ids: [UUID], on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            WITH changed AS (SELECT id FROM subscription WHERE id = ANY($1) AND (generation > 0 OR NOT filter ? 'patients')),
                raised AS (
                    UPDATE subscription_generation SET number = number + 1 WHERE EXISTS (SELECT FROM changed)
                    RETURNING number
                )
            UPDATE subscription s SET generation = raised.number FROM changed, raised WHERE s.id = changed.id
            """,
            [.uuids(ids)]
        )
    }

    /// Lets routers look again, for another reason than a subscription.
    static func raiseGeneration(on connection: PostgresConnection) async throws {
        try await connection.query("UPDATE subscription_generation SET number = number + 1", [])
    }

    /// The columns of ``progress(_:)``, from a subscription `s` with its head `h` and its lane `l`.
    static let progressColumns = """
        \(subscriptionColumns), h.last_number, l.delivered_through, l.attempt,
        nullif(l.next_attempt_at, 'infinity') AS next_attempt_at, l.last_error,
        l.next_attempt_at = 'infinity' AS parked, l.paused_by, l.pause_reason, s.deleted_at,
        (SELECT count(*) FROM delivery_dead d WHERE d.subscription_id = s.id) AS dead
        """

    private static let progressQuery = """
        SELECT \(progressColumns)
        FROM subscription s JOIN subscription_head h ON h.subscription_id = s.id JOIN lane l ON l.subscription_id = s.id
        """

    static func progress(_ row: PostgresRow) throws -> SubscriptionProgress {
        let attempt = try row.decode("attempt", as: Int.self)
        return SubscriptionProgress(
            subscription: try subscription(row),
            lastNumber: try row.decode("last_number", as: Int64.self),
            deliveredThrough: try row.decode("delivered_through", as: Int64.self),
            attempt: attempt,
            nextAttemptAt: attempt == 0 ? nil : try row.decode("next_attempt_at", as: Date?.self),
            lastError: try row.decode("last_error", as: String?.self),
            hold: try hold(row),
            deadLetters: try row.decode("dead", as: Int64.self),
            deletedAt: try row.decode("deleted_at", as: Date?.self)
        )
    }

    private static func hold(_ row: PostgresRow) throws -> SubscriptionProgress.Hold? {
        if let operatorName = try row.decode("paused_by", as: String?.self) {
            return .paused(by: operatorName, reason: try row.decode("pause_reason", as: String?.self))
        }
        return try row.decode("parked", as: Bool.self) ? .parked : nil
    }

    /// The columns of ``subscription(_:)``, from a subscription row called `s`.
    ///
    /// The clock switches off at the end, whether or not somebody has written it down yet.
    static let subscriptionColumns = """
        s.id, s.audience, s.channel, CASE WHEN s.end_at <= now() THEN 'off' ELSE s.status END AS status, s.reason, s.client,
        s.filter, s.endpoint, s.content, s.max_count, s.timeout_ms, s.created_at, s.payload, s.headers, s.heartbeat, s.end_at,
        s.release, s.topic, s.status_text, s.contact, s.version, s.updated_at, s.activated_at,
        CASE WHEN s.end_at <= now() AND s.status <> 'off' THEN 'end' ELSE s.off_by END AS off_by
        """

    static func subscription(_ row: PostgresRow) throws -> Subscription {
        Subscription(
            id: try row.subscriptionID("id"),
            audience: try row.choice("audience"),
            channel: try row.choice("channel"),
            status: try row.choice("status"),
            reason: try row.decode("reason", as: String.self),
            client: try row.decode("client", as: String.self),
            filter: try SubscriptionFilter(json: row.decode("filter", as: String.self)),
            endpoint: try row.decode("endpoint", as: String.self),
            content: try row.choice("content"),
            maxCount: try row.decode("max_count", as: Int.self),
            timeout: .milliseconds(try row.decode("timeout_ms", as: Int.self)),
            createdAt: try row.decode("created_at", as: Date.self),
            payload: try row.decode("payload", as: String.self),
            headers: try headers(stored: row.decode("headers", as: [UInt8]?.self)),
            heartbeat: try row.decode("heartbeat", as: Int?.self).map { .seconds($0) },
            end: try row.decode("end_at", as: Date?.self),
            release: try row.choice("release"),
            topic: try row.decode("topic", as: String?.self),
            statusText: try row.decode("status_text", as: String?.self),
            contact: try row.decode("contact", as: [String].self),
            versionID: try row.decode("version", as: Int.self),
            lastUpdated: try row.decode("updated_at", as: Date.self),
            activatedAt: try row.decode("activated_at", as: Date?.self),
            offBy: try row.decode("off_by", as: String?.self).flatMap(Subscription.Switcher.init)
        )
    }

    static func stored(headers: [String]) -> [UInt8]? {
        headers.isEmpty ? nil : Array(headers.joined(separator: "\n").utf8)
    }

    static func headers(stored: [UInt8]?) -> [String] {
        stored.map { String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init) } ?? []
    }
}

extension PostgresStore {
    /// Makes the National Immunisation Service's subscription, or points the one there is at another folder or mailbox.
    ///
    /// - Parameters:
    ///   - endpoint: The folder, or `mesh:` and the mailbox.
    ///   - types: The vaccine types in the feed; nil leaves those of the subscription, which are all at first.
    ///   - now: When it is made.
    /// - Throws: Errors of the store.
    package func ensureFeedSubscription(endpoint: String, types: Set<String>? = nil, now: Date) async throws {
        try await pool.withTransaction { connection in
            // One process at a time: several may start together.
            try await connection.query("SELECT 1 FROM subscription_generation FOR UPDATE")
            let known = try await connection.query(
                "UPDATE subscription SET endpoint = $1 WHERE audience = 'nis'",
                [.text(endpoint)]
            )
            guard known.affectedRows == 0 else {
                if let types { try await Self.narrowFeed(to: types, on: connection) }
                return
            }
            let subscription = Subscription(
                id: SubscriptionID(UUID()),
                audience: .nis,
                channel: .feed,
                reason: "National vaccination feed",
                client: Subscription.hubClient,
                filter: SubscriptionFilter(vaccineTypes: types ?? []),
                endpoint: endpoint,
                createdAt: now
            )
            try await Self.insert(subscription, on: connection)
            try await Self.announce([subscription.id.uuid], on: connection)
        }
    }

    private static func narrowFeed(to types: Set<String>, on connection: PostgresConnection) async throws {
        let rows = try await connection.query("SELECT id, filter FROM subscription WHERE audience = 'nis' FOR UPDATE")
        for row in rows {
            var filter = try SubscriptionFilter(json: row.decode("filter", as: String.self))
            guard filter[.vaccineTypes] != types else { continue }
            filter[.vaccineTypes] = types
            let id = try row.decode("id", as: UUID.self)
            try await connection.query(
                "UPDATE subscription SET filter = $2 WHERE id = $1",
                [.uuid(id), try .jsonb(filter.json)]
            )
            try await announce([id], on: connection)
        }
    }
}
