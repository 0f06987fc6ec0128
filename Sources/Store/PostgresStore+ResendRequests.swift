import Access
package import Deliveries
package import Events
package import Foundation
import Postgres

extension PostgresStore: DeliveryJobStore {
    package func planResends(_ request: ResendRequest, isProduction: Bool) async throws -> [ResendPlan] {
        let readable = try await readableTypes(request, isProduction: isProduction)
        return try await pool.withTransaction(readOnly: true) { connection in
            try await Self.plans(request, readable, on: connection).map(\.plan)
        }
    }

    package func startResends(_ request: ResendRequest, _ order: JobOrder) async throws -> [ResendPlan] {
        let readable = try await readableTypes(request, isProduction: order.isProduction)
        return try await pool.withTransaction { connection in
            var started: [ResendPlan] = []
            for (var plan, numbers) in try await Self.plans(request, readable, on: connection) {
                if let numbers, plan.events > 0 {
                    plan.job = try await Self.file(plan, numbers, order, on: connection)
                    try await Self.note(plan, order, on: connection)
                }
                started.append(plan)
            }
            return started
        }
    }

    package func deliveryJobs(
        of subscription: SubscriptionID?,
        onlyOpen: Bool,
        limit: Int
    ) async throws -> [DeliveryJob] {
        try await pool.query(
            """
            SELECT j.*, coalesce((SELECT sum(upper(r) - lower(r))::bigint FROM unnest(j.numbers) r),
                cardinality(j.records)::bigint) AS waiting FROM delivery_job j
            WHERE ($1::uuid IS NULL OR j.subscription_id = $1) AND (NOT $2 OR j.finished_at IS NULL)
            ORDER BY j.created_at DESC, j.id LIMIT $3
            """,
            [subscription.map { .uuid($0.uuid) } ?? .typedNull(.uuid), .bool(onlyOpen), .int8(Int64(limit))]
        ).map(Self.job)
    }

    package func cancelJob(_ id: UUID, by actor: String) async throws {
        try await pool.withTransaction { connection in
            let rows = try await connection.query(
                """
                UPDATE delivery_job SET finished_at = now(), outcome = 'cancelled' WHERE id = $1 AND finished_at IS NULL
                RETURNING subscription_id, kind
                """,
                [.uuid(id)]
            )
            guard let row = rows.first else { throw DeliveryOfficeError.noOpenJob(id) }
            let change = "\(try row.decode("kind", as: String.self)) \(id.uuidString.lowercased()) of subscription "
            try await Self.note(
                change + "\(try row.subscriptionID("subscription_id")) cancelled",
                by: actor,
                on: connection
            )
        }
    }

    private static func job(_ row: PostgresRow) throws -> DeliveryJob {
        let isOpen = try row.decode("finished_at", as: Date?.self) == nil
        return DeliveryJob(
            id: try row.decode("id", as: UUID.self),
            kind: try row.decode("kind", as: String.self),
            subscription: try row.subscriptionID("subscription_id"),
            left: try row.decode("waiting", as: Int64?.self) ?? 0,
            sent: try row.decode("sent", as: Int64.self),
            withheld: try row.decode("withheld", as: Int64.self),
            attempts: try row.decode("attempt", as: Int.self),
            nextAttemptAt: isOpen ? try row.decode("next_attempt_at", as: Date.self) : nil,
            createdAt: try row.decode("created_at", as: Date.self),
            createdBy: try row.decode("created_by", as: String.self),
            reason: try row.decode("reason", as: String?.self),
            finishedAt: try row.decode("finished_at", as: Date?.self),
            outcome: try row.decode("outcome", as: String?.self)
        )
    }

    /// Files one job and wakes its lane.
    static func file(
        _ plan: ResendPlan,
        _ numbers: String,
        _ order: JobOrder,
        on connection: PostgresConnection
    ) async throws -> UUID {
        let id = UUID()
        try await connection.query(
            """
            INSERT INTO delivery_job (id, subscription_id, numbers, withheld, pause_ms, created_by, reason)
            VALUES ($1, $2, $3::text::int8multirange, $4, $5, $6, $7)
            """,
            [
                .uuid(id), .uuid(plan.subscription.uuid), .text(numbers), .int8(plan.withheld),
                .int4(order.pauseMilliseconds), .text(order.actor), .text(optional: order.reason),
            ]
        )
        try await wake(plan.subscription, on: connection)
        return id
    }

    /// Takes an operator's job down in the audit trail (D-51).
    private static func note(
        _ plan: ResendPlan,
        _ order: JobOrder,
        on connection: PostgresConnection
    ) async throws {
        let range = "\(plan.firstNumber ?? 0) to \(plan.lastNumber ?? 0)"
        let change = "\(plan.events) events (\(range)) of subscription \(plan.subscription) to be sent again"
        try await note(change + (order.reason.map { ": \($0)" } ?? ""), by: order.actor, on: connection)
    }

    /// What is to be sent again, subscription by subscription; the numbers as a multirange.
    static func plans(
        _ request: ResendRequest,
        _ readable: [String: PermittedTypes],
        on connection: PostgresConnection
    ) async throws -> [(plan: ResendPlan, numbers: String?)] {
        let whose = Conditions(request.selection.subscriptions)
        let rows = try await connection.query(
            "SELECT s.id, s.client, s.endpoint, s.status, s.channel FROM subscription s \(whose.sql) ORDER BY s.id",
            whose.values
        )
        if let id = request.selection.subscription { try check(rows.first, id) }
        var plans: [(plan: ResendPlan, numbers: String?)] = []
        for row in rows where try row.decode("channel", as: String.self) == "rest-hook" {
            guard try row.decode("status", as: String.self) != "off" else { continue }
            let client = try row.decode("client", as: String.self)
            let id = try row.subscriptionID("id")
            let found = try await numbers(request, id, readable[client] ?? .only([]), on: connection)
            guard found.events + found.withheld > 0 else { continue }
            let plan = ResendPlan(
                subscription: id,
                client: client,
                endpoint: try row.decode("endpoint", as: String.self),
                events: found.events,
                withheld: found.withheld,
                firstNumber: found.first,
                lastNumber: found.last
            )
            plans.append((plan, found.numbers))
        }
        return plans
    }

    private static func check(_ row: PostgresRow?, _ id: SubscriptionID) throws {
        guard let row else { throw DeliveryOfficeError.unknownSubscription(id) }
        guard try row.decode("channel", as: String.self) == "rest-hook" else {
            throw DeliveryOfficeError.noRestHook(id)
        }
        guard try row.decode("status", as: String.self) != "off" else { throw DeliveryOfficeError.off(id) }
    }

    /// What the clients whose subscriptions are meant may read now (D-52).
    private func readableTypes(_ request: ResendRequest, isProduction: Bool) async throws -> [String: PermittedTypes] {
        let whose = Conditions(request.selection.subscriptions)
        var types: [String: PermittedTypes] = [:]
        for row in try await pool.query("SELECT DISTINCT s.client FROM subscription s \(whose.sql)", whose.values) {
            let client = try row.decode("client", as: String.self)
            types[client] = try await readableTypes(of: client, isProduction: isProduction)
        }
        return types
    }

    /// The vaccine types whose records a client may read now; only the hub itself needs no registration (A-40).
    private func readableTypes(of client: String, isProduction: Bool) async throws -> PermittedTypes {
        guard let id = ClientID(client), let registration = try await registration(of: id) else {
            return RegisteredRecipients.own.contains(client) ? .all : .only([])
        }
        guard registration.client.isEnabled else { return .only([]) }
        return registration.effectivePermissions(isProduction: isProduction).types(for: .read)
    }

    private struct Numbers {
        var events: Int64
        var withheld: Int64
        var first: Int64?
        var last: Int64?
        var numbers: String?
    }

    /// The numbers of one subscription that a request asks for, and how many of them the client may not read (D-52).
    private static func numbers(
        _ request: ResendRequest,
        _ subscription: SubscriptionID,
        _ types: PermittedTypes,
        on connection: PostgresConnection
    ) async throws -> Numbers {
        let selection = request.selection
        let onlyDead = request.onlyDead || selection.cause != nil
        let permitted: PostgresValue =
            switch types {
            case .all: .typedNull(PostgresType.text.array)
            case .only(let types): .texts(types.sorted())
            }
        let row = try await connection.query(
            """
            SELECT count(*) FILTER (WHERE may) AS events, count(*) FILTER (WHERE NOT may) AS withheld,
                min(number) FILTER (WHERE may) AS first, max(number) FILTER (WHERE may) AS last,
                (range_agg(int8range(number, number, '[]')) FILTER (WHERE may))::text AS numbers
            FROM (
                SELECT se.number, $8::text[] IS NULL OR v.vaccine_type = ANY($8) AS may
                FROM subscription_event se JOIN lane l ON l.subscription_id = se.subscription_id
                JOIN immunization_version v ON v.immunization_id = se.record_id AND v.change = se.change
                LEFT JOIN delivery_dead d ON d.subscription_id = se.subscription_id AND d.number = se.number
                LEFT JOIN subscription_retention k ON k.subscription_id = se.subscription_id
                WHERE (se.number >= coalesce(k.kept_from, 1) OR d.number IS NOT NULL) AND se.subscription_id = $1 AND se.number >= $2 AND se.number <= $3
                  AND ($4::timestamptz IS NULL OR v.committed_at >= $4) AND ($5::timestamptz IS NULL OR v.committed_at < $5)
                  AND (NOT $6 OR d.number IS NOT NULL AND ($7::text IS NULL OR d.cause = $7))
                  AND (NOT $9 OR d.number IS NOT NULL OR se.number > l.delivered_through)
            ) e
            """,
            [
                .uuid(subscription.uuid), .int8(request.from ?? 0), .int8(request.through ?? .max),
                selection.since.map { .timestamp($0) } ?? .typedNull(.timestamp),
                selection.until.map { .timestamp($0) } ?? .typedNull(.timestamp),
                .bool(onlyDead), .text(optional: selection.cause), permitted, .bool(request.isUnbounded),
            ]
        ).first
        return Numbers(
            events: try row?.decode("events", as: Int64.self) ?? 0,
            withheld: try row?.decode("withheld", as: Int64.self) ?? 0,
            first: try row?.decode("first", as: Int64?.self),
            last: try row?.decode("last", as: Int64?.self),
            numbers: try row?.decode("numbers", as: String?.self)
        )
    }
}

extension JobOrder {
    /// The pause between two notifications.
    var pauseMilliseconds: Int32 { rate.map { Int32(clamping: Int((1000 / max($0, 0.001)).rounded(.up))) } ?? 0 }
}
