import Foundation
package import Operations
import Postgres
import Vaccination

extension PostgresStore {
    /// How far each document has come: what the practice said, and where it says nothing for a day, or only that it has the
    /// message for seven, that (G-32).
    private static let documentStates = """
        SELECT d.record_id, d.practice, d.version, d.refusal, d.composed_at, l.message_id,
            CASE WHEN d.state IN ('filed', 'refused') THEN d.state
                WHEN l.state = 'undelivered' THEN 'undelivered'
                WHEN d.state = 'received' AND d.answered_at < now() - interval '7 days' THEN 'no-business-answer'
                WHEN d.state = 'received' THEN 'received'
                WHEN l.accepted_at < now() - interval '24 hours' THEN 'silent'
                WHEN l.accepted_at IS NOT NULL THEN 'accepted'
                ELSE 'composed' END AS state
        FROM gp_document d JOIN letter l ON l.key = d.key AND l.part = d.part
        """

    /// Documents in some states, the oldest first.
    package func documents(in states: [String], limit: Int) async throws -> [PracticeDocumentState] {
        try await pool.query(
            """
            SELECT * FROM (\(Self.documentStates)) s WHERE state = ANY($1) ORDER BY composed_at, record_id LIMIT $2
            """,
            [.texts(states), .int8(Int64(limit))]
        ).map { row in
            PracticeDocumentState(
                record: try row.recordID("record_id").description,
                practice: try row.decode("practice", as: String.self),
                version: try row.decode("version", as: Int.self),
                state: try row.decode("state", as: String.self),
                code: try row.decode("refusal", as: String?.self),
                composedAt: try row.decode("composed_at", as: Date.self),
                message: try row.decode("message_id", as: String?.self)
            )
        }
    }

    /// How many documents are in which state.
    package func documentCounts() async throws -> [String: Int] {
        let rows = try await pool.query(
            "SELECT state, count(*) AS count FROM (\(Self.documentStates)) s GROUP BY state",
            []
        )
        var counts: [String: Int] = [:]
        for row in rows { counts[try row.decode("state", as: String.self)] = try row.decode("count", as: Int.self) }
        return counts
    }
}
