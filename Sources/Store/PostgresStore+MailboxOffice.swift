import Feeds
package import Foundation
import Postgres

/// A mailbox as operators see it.
package struct MailboxState: Sendable, Codable {
    package let name: String
    /// Whether a process empties it now.
    package let isHeld: Bool
    /// When it was last emptied.
    package let seenAt: Date?
    package let waiting: Int?
    package let trouble: String?
    package let kept: Int
    package let left: Int
    package let quarantined: Int
    package let lettersWaiting: Int
    package let lettersSent: Int
    package let lettersParked: Int
    package let lettersUndelivered: Int
}

/// A message that was left or set aside, or a letter that did not arrive.
package struct MailboxTrouble: Sendable, Codable {
    /// `left`, `quarantined`, `parked` or `undelivered`.
    package let state: String
    /// The message's id, or the letter's local id.
    package let id: String
    /// The mailbox it comes from or goes to.
    package let other: String?
    package let workflow: String
    package let since: Date?
    package let reason: String?
}

/// What the command line asks about mailboxes.
extension PostgresStore {
    /// Whom a mailbox sends for.
    package func mailboxSenders() async throws -> [(mailbox: String, client: String)] {
        try await pool.query("SELECT mailbox, client FROM mailbox_sender ORDER BY mailbox", []).map { row in
            (try row.decode("mailbox", as: String.self), try row.decode("client", as: String.self))
        }
    }

    /// Says for which client a mailbox sends.
    ///
    /// - Returns: False where there is no such client.
    package func allow(mailbox: String, for client: String, by actor: String) async throws -> Bool {
        try await pool.withTransaction { connection in
            let allowed = try await connection.query(
                """
                INSERT INTO mailbox_sender (mailbox, client, updated_by) SELECT $1, id, $3 FROM api_client WHERE id = $2
                ON CONFLICT (mailbox) DO UPDATE
                SET client = excluded.client, updated_at = now(), updated_by = excluded.updated_by
                """,
                [.text(mailbox), .text(client), .text(actor)]
            )
            guard allowed.affectedRows == 1 else { return false }
            try await record("files from the mailbox \(mailbox) are taken for the client \(client)", on: connection)
            return true
        }
    }

    /// Takes no more files from a mailbox.
    ///
    /// - Returns: False where none were taken anyway.
    package func deny(mailbox: String) async throws -> Bool {
        try await pool.withTransaction { connection in
            let denied = try await connection.query(
                "DELETE FROM mailbox_sender WHERE mailbox = $1",
                [.text(mailbox)]
            )
            guard denied.affectedRows == 1 else { return false }
            try await record("no more files are taken from the mailbox \(mailbox)", on: connection)
            return true
        }
    }

    /// Every mailbox that was ever emptied.
    package func mailboxes() async throws -> [MailboxState] {
        let rows = try await pool.query(
            """
            SELECT b.name, coalesce(b.lease_until > now(), false) AS held, b.seen_at, b.waiting, b.trouble,
                m.kept, m.left_there, m.quarantined, l.waiting AS letters_waiting, l.sent, l.parked, l.undelivered
            FROM mailbox b,
                LATERAL (SELECT count(*) FILTER (WHERE state = 'kept') AS kept,
                    count(*) FILTER (WHERE state = 'left') AS left_there,
                    count(*) FILTER (WHERE state = 'quarantined') AS quarantined
                    FROM mailbox_message WHERE mailbox = b.name) m,
                LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                    count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE state = 'parked') AS parked,
                    count(*) FILTER (WHERE state = 'undelivered') AS undelivered
                    FROM mailbox_letter WHERE mailbox = b.name) l
            ORDER BY b.name
            """,
            []
        )
        return try rows.map { row in
            MailboxState(
                name: try row.decode("name", as: String.self),
                isHeld: try row.decode("held", as: Bool.self),
                seenAt: try row.decode("seen_at", as: Date?.self),
                waiting: try row.decode("waiting", as: Int?.self),
                trouble: try row.decode("trouble", as: String?.self),
                kept: try row.decode("kept", as: Int.self),
                left: try row.decode("left_there", as: Int.self),
                quarantined: try row.decode("quarantined", as: Int.self),
                lettersWaiting: try row.decode("letters_waiting", as: Int.self),
                lettersSent: try row.decode("sent", as: Int.self),
                lettersParked: try row.decode("parked", as: Int.self),
                lettersUndelivered: try row.decode("undelivered", as: Int.self)
            )
        }
    }

    /// Messages and letters that a person has to look at, newest first.
    package func mailboxTroubles(limit: Int) async throws -> [MailboxTrouble] {
        let rows = try await pool.query(
            """
            SELECT state, id, sender AS other, workflow, first_seen AS since, reason FROM mailbox_message
            WHERE state IN ('left', 'quarantined')
            UNION ALL
            SELECT state, local_id, recipient, workflow, coalesce(first_failure_at, sent_at), trouble FROM mailbox_letter
            WHERE state IN ('parked', 'undelivered')
            ORDER BY since DESC NULLS LAST LIMIT $1
            """,
            [.int8(Int64(limit))]
        )
        return try rows.map { row in
            MailboxTrouble(
                state: try row.decode("state", as: String.self),
                id: try row.decode("id", as: String.self),
                other: try row.decode("other", as: String?.self),
                workflow: try row.decode("workflow", as: String.self),
                since: try row.decode("since", as: Date?.self),
                reason: try row.decode("reason", as: String?.self)
            )
        }
    }

    /// The content of a message that was set aside; nil where there is none of this id.
    package func quarantined(_ message: String) async throws -> [UInt8]? {
        let rows = try await pool.query(
            "SELECT content FROM mailbox_message WHERE id = $1 AND state = 'quarantined'",
            [.text(message)]
        )
        return try rows.first?.decode("content", as: [UInt8]?.self)
    }

    /// Sends a letter again that was given up or not delivered: as another message, under an id of its own (M-10).
    ///
    /// - Returns: Its new local id; nil where there is no such letter.
    package func sendAgain(letter localID: String) async throws -> String? {
        try await pool.withTransaction { connection in
            let rows = try await connection.query(
                """
                UPDATE mailbox_letter SET state = 'waiting', attempts = 0, first_failure_at = NULL, next_attempt_at = now(),
                    trouble = NULL, message_id = NULL,
                    local_id = regexp_replace(local_id, '\\.\\d+$', '')
                        || '.' || coalesce(substring(local_id from '\\.(\\d+)$')::int, 1) + 1
                WHERE local_id = $1 AND state IN ('parked', 'undelivered')
                RETURNING local_id
                """,
                [.text(localID)]
            )
            guard let again = try rows.first?.decode("local_id", as: String.self) else { return nil }
            try await record("the acknowledgement \(localID) is sent again as \(again)", on: connection)
            return again
        }
    }
}
