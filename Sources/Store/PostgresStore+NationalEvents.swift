package import Deliveries
import Events
import Foundation
import Postgres
package import Subscriptions
import Vaccination

extension PostgresStore: NationalEventStore {
    package func mailboxMatches(
        ofEvent number: Int64,
        of subscription: Subscription
    ) async throws -> [MailboxMatch] {
        // A router files all matches of an event in one transaction: whoever sees one of them sees all.
        try await pool.query(
            """
            SELECT o.subscription_id, s.tag, o.shape, s.created_at, l.delivered_through >= o.number AS is_done
            FROM subscription_event e
            JOIN subscription_event o ON o.record_id = e.record_id AND o.change = e.change
            JOIN subscription s ON s.id = o.subscription_id
            JOIN lane l ON l.subscription_id = s.id
            WHERE e.subscription_id = $1 AND e.number = $2 AND s.audience = 'nems' AND s.endpoint = $3
                AND s.deleted_at IS NULL
                AND EXISTS (SELECT FROM api_client c WHERE c.id = s.client AND c.enabled AND $4 = ANY(c.events))
            ORDER BY s.created_at, s.id
            """,
            [
                .uuid(subscription.id.uuid), .int8(number), .text(subscription.endpoint),
                .text(NationalEvent.vaccinations.workflowID),
            ]
        ).map { row in
            MailboxMatch(
                subscription: try row.subscriptionID("subscription_id"),
                tag: try row.decode("tag", as: String?.self),
                shape: try row.choice("shape"),
                createdAt: try row.decode("created_at", as: Date.self),
                isDone: try row.decode("is_done", as: Bool.self)
            )
        }
    }

    package func organisationName(_ odsCode: String) async throws -> String? {
        let rows = try await pool.query("SELECT name FROM practice WHERE ods_code = $1", [.text(odsCode)])
        let name = try rows.first?.decode("name", as: String.self)
        return name?.isEmpty == false ? name : nil
    }

    package func isTraced(_ nhsNumber: String) async throws -> Bool {
        guard let number = NHSNumber(nhsNumber) else { return false }
        let rows = try await pool.query(
            "SELECT FROM patient WHERE nhs_number = $1",
            [.int8(Int64(number.value))]
        )
        return !rows.isEmpty
    }
}
