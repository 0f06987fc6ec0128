import Deliveries
package import Events
import Postgres
import Subscriptions

extension PostgresStore: HeaderLineStore {
    package func headerLines(
        notUnder wrappingKey: String,
        after: SubscriptionID?,
        limit: Int
    ) async throws -> [(subscription: SubscriptionID, lines: [String])] {
        try await pool.query(
            """
            SELECT id, headers FROM subscription
            WHERE headers IS NOT NULL AND headers_key IS DISTINCT FROM $1 AND ($2::uuid IS NULL OR id > $2)
            ORDER BY id LIMIT $3
            """,
            [.text(wrappingKey), .uuid(optional: after?.uuid), .int8(Int64(limit))]
        ).map { (try $0.subscriptionID("id"), Self.headers(stored: try $0.decode("headers", as: [UInt8]?.self))) }
    }

    package func renew(
        _ lines: [String],
        as renewed: [String],
        of id: SubscriptionID,
        under wrappingKey: String
    ) async throws {
        try await pool.query(
            "UPDATE subscription SET headers = $3, headers_key = $4 WHERE id = $1 AND headers = $2",
            [
                .uuid(id.uuid), .bytes(optional: Self.stored(headers: lines)),
                .bytes(optional: Self.stored(headers: renewed)), .text(wrappingKey),
            ]
        )
    }
}
