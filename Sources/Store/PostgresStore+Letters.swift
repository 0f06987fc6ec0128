package import Feeds
import Foundation
import Postgres

extension PostgresStore {
    package func dueLetters(of mailbox: String, limit: Int) async throws -> [MailboxLetter] {
        let rows = try await pool.query(
            """
            SELECT l.local_id, l.recipient, l.workflow, l.feed_id, l.kind, l.attempts, l.first_failure_at
            FROM mailbox_letter l JOIN feed f ON f.id = l.feed_id
            WHERE l.mailbox = $1 AND l.state = 'waiting' AND l.next_attempt_at <= now()
              AND (CASE WHEN l.kind = 1 THEN f.status <> 'Receiving' ELSE f.finished_at IS NOT NULL END)
              AND NOT EXISTS (
                  SELECT FROM mailbox_letter e WHERE e.feed_id = l.feed_id AND e.kind < l.kind AND e.state = 'waiting')
            ORDER BY l.next_attempt_at LIMIT $2
            """,
            [.text(mailbox), .int8(Int64(limit))]
        )
        return try rows.map { row in
            MailboxLetter(
                localID: try row.decode("local_id", as: String.self),
                recipient: try row.decode("recipient", as: String.self),
                workflow: try row.decode("workflow", as: String.self),
                feed: FeedID(try row.decode("feed_id", as: UUID.self)),
                kind: try row.require(
                    AcknowledgementKind(stored: try row.decode("kind", as: Int16.self)),
                    "kind"
                ),
                attempts: Int(try row.decode("attempts", as: Int32.self)),
                firstFailureAt: try row.decode("first_failure_at", as: Date?.self)
            )
        }
    }

    package func beginAttempt(_ localID: String) async throws {
        _ = try await pool.query(
            "UPDATE mailbox_letter SET attempts = attempts + 1 WHERE local_id = $1",
            [.text(localID)]
        )
    }

    package func markSent(_ localID: String, _ receipt: MailboxReceipt) async throws {
        _ = try await pool.query(
            """
            UPDATE mailbox_letter SET state = 'sent', sent_at = now(), message_id = $2, duplicates = $3, trouble = NULL
            WHERE local_id = $1 AND state = 'waiting'
            """,
            [.text(localID), .text(optional: receipt.messageID), .int4(Int32(receipt.duplicates))]
        )
    }

    package func drop(_ localID: String) async throws {
        _ = try await pool.query(
            "UPDATE mailbox_letter SET state = 'none' WHERE local_id = $1 AND state = 'waiting'",
            [.text(localID)]
        )
    }

    package func postpone(_ localID: String, for pause: Duration, trouble: String?) async throws {
        _ = try await pool.query(
            """
            UPDATE mailbox_letter SET next_attempt_at = now() + $2 * interval '1 millisecond', trouble = $3::text,
                first_failure_at = CASE WHEN $3::text IS NULL THEN first_failure_at ELSE coalesce(first_failure_at, now()) END
            WHERE local_id = $1 AND state = 'waiting'
            """,
            [.text(localID), .int8(Int64(pause / .milliseconds(1))), .text(optional: trouble)]
        )
    }

    package func park(_ localID: String, trouble: String) async throws {
        _ = try await pool.query(
            """
            UPDATE mailbox_letter SET state = 'parked', trouble = $2, first_failure_at = coalesce(first_failure_at, now())
            WHERE local_id = $1 AND state = 'waiting'
            """,
            [.text(localID), .text(trouble)]
        )
    }
}

extension AcknowledgementKind {
    /// The number a column holds: also the order in which a feed's files are sent.
    var stored: Int16 {
        switch self {
        case .infrastructure: 1
        case .businessCSV: 2
        case .businessJSON: 3
        }
    }

    init?(stored: Int16) {
        guard let kind = Self.allCases.first(where: { $0.stored == stored }) else { return nil }
        self = kind
    }
}
