package import Deliveries
package import Events
import Foundation
import Postgres
import Vaccination

extension PostgresStore: SubscriberEvents {
    package func storedEvents(
        of id: SubscriptionID,
        numbers: ClosedRange<Int64>,
        limit: Int
    ) async throws -> StoredEvents {
        let oldest = try await pool.query(
            """
            SELECT coalesce(
                (SELECT kept_from FROM subscription_retention WHERE subscription_id = $1),
                (SELECT min(number) FROM subscription_event WHERE subscription_id = $1)
            ) AS number
            """,
            [.uuid(id.uuid)]
        ).first?.decode("number", as: Int64?.self)
        let rows = try await pool.query(
            "\(Self.laneEventsQuery) ORDER BY se.number LIMIT $4",
            [
                .uuid(id.uuid), .int8(max(numbers.lowerBound, oldest ?? 1)), .int8(numbers.upperBound),
                .int8(Int64(limit)),
            ]
        )
        return StoredEvents(
            oldest: oldest,
            events: try rows.map { row in
                StoredEvents.Event(event: try Self.laneEvent(row), nhsNumber: try row.nhsNumber("nhs_number"))
            }
        )
    }
}
