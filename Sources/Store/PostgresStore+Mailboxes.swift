import Access
package import Feeds
package import Foundation
import Postgres

extension PostgresStore: MailboxStore {
    package func hold(_ mailbox: String, owner: UUID, lease: Duration) async throws -> Bool {
        let result = try await pool.query(
            """
            INSERT INTO mailbox AS m (name, lease_owner, lease_until)
            VALUES ($1, $2, now() + $3 * interval '1 millisecond')
            ON CONFLICT (name) DO UPDATE SET lease_owner = excluded.lease_owner, lease_until = excluded.lease_until
            WHERE m.lease_owner = excluded.lease_owner OR coalesce(m.lease_until < now(), true)
            """,
            [.text(mailbox), .uuid(owner), .int8(Int64(lease / .milliseconds(1)))]
        )
        return result.affectedRows == 1
    }

    package func letGo(_ mailbox: String, owner: UUID) async throws {
        _ = try await pool.query(
            "UPDATE mailbox SET lease_owner = NULL, lease_until = NULL WHERE name = $1 AND lease_owner = $2",
            [.text(mailbox), .uuid(owner)]
        )
    }

    package func note(_ mailbox: String, trouble: String?, waiting: Int?) async throws {
        _ = try await pool.query(
            """
            UPDATE mailbox SET trouble = $2::text, waiting = coalesce($3, waiting),
                seen_at = CASE WHEN $2::text IS NULL THEN now() ELSE seen_at END,
                trouble_since = CASE WHEN $2::text IS NULL THEN NULL ELSE coalesce(trouble_since, now()) END
            WHERE name = $1
            """,
            [.text(mailbox), .text(optional: trouble), waiting.map { .int4(Int32($0)) } ?? .typedNull(.int4)]
        )
    }

    package func sender(behind mailbox: String) async throws -> FeedSender? {
        let rows = try await pool.query(
            """
            SELECT c.id, c.ods_codes, array(SELECT supplier FROM api_client_supplier WHERE client = c.id) AS suppliers
            FROM mailbox_sender s JOIN api_client c ON c.id = s.client AND c.enabled
            WHERE s.mailbox = $1
            """,
            [.text(mailbox)]
        )
        return try rows.first.map { row in
            FeedSender(
                try row.decode("id", as: String.self),
                actingFor: Set(try row.decode("suppliers", as: [String].self)),
                as: Set(try row.decode("ods_codes", as: [String].self))
            )
        }
    }

    package func entry(of message: String, in mailbox: String) async throws -> MailboxEntry? {
        let rows = try await pool.query(
            "SELECT state, feed_id, first_seen, sender, workflow FROM mailbox_message WHERE mailbox = $1 AND id = $2",
            [.text(mailbox), .text(message)]
        )
        return try rows.first.map { row in
            switch try row.choice("state", of: MessageState.self) {
            case .arriving: .arriving(FeedID(try row.decode("feed_id", as: UUID.self)))
            case .kept, .reported, .quarantined: .settled
            case .left:
                .left(
                    since: try row.decode("first_seen", as: Date.self),
                    sender: try row.decode("sender", as: String?.self),
                    workflow: try row.decode("workflow", as: String.self)
                )
            }
        }
    }

    package func expect(_ notice: MailboxNotice, in mailbox: String, as feed: FeedID) async throws {
        try await file(notice, in: mailbox, as: .arriving, feed: feed)
    }

    package func isComplete(_ feed: FeedID) async throws -> Bool {
        // The hash is written by `complete`, in the transaction that queues the feed.
        try await pool.query("SELECT FROM feed WHERE id = $1 AND sha256 IS NOT NULL", [.uuid(feed.uuid)]).first != nil
    }

    package func settle(
        _ message: String,
        in mailbox: String,
        as feed: FeedID,
        letters: [MailboxLetter]
    ) async throws {
        try await pool.withTransaction { connection in
            let settled = try await connection.query(
                """
                UPDATE mailbox_message SET state = 'kept', feed_id = $3, settled_at = now()
                WHERE mailbox = $1 AND id = $2 AND state = 'arriving'
                """,
                [.text(mailbox), .text(message), .uuid(feed.uuid)]
            )
            guard settled.affectedRows == 1 else { return }
            for letter in letters {
                try await connection.query(
                    """
                    INSERT INTO mailbox_letter (local_id, mailbox, recipient, workflow, feed_id, kind)
                    VALUES ($1, $2, $3, $4, $5, $6)
                    """,
                    [
                        .text(letter.localID), .text(mailbox), .text(letter.recipient), .text(letter.workflow),
                        .uuid(letter.feed.uuid), .int2(letter.kind.stored),
                    ]
                )
            }
        }
    }

    package func leave(_ notice: MailboxNotice, in mailbox: String, reason: String) async throws {
        try await file(notice, in: mailbox, as: .left, reason: reason)
    }

    package func quarantine(
        _ notice: MailboxNotice,
        in mailbox: String,
        reason: String,
        content: [UInt8]
    ) async throws {
        try await file(notice, in: mailbox, as: .quarantined, reason: reason, content: content)
    }

    package func take(
        _ report: MailboxReport,
        _ notice: MailboxNotice,
        in mailbox: String
    ) async throws -> String? {
        let what = "\(report.code) \(report.text)"
        return try await pool.withTransaction { connection in
            try await file(notice, in: mailbox, as: .reported, reason: what, on: connection)
            // By MESH's id first: a local id alone may be older than the attempt that failed (M-07).
            let rows = try await connection.query(
                """
                UPDATE mailbox_letter SET state = 'undelivered', trouble = $3
                WHERE local_id = (
                    SELECT local_id FROM mailbox_letter
                    WHERE state = 'sent' AND (message_id = $1 OR local_id = $2)
                    ORDER BY message_id = $1 DESC NULLS LAST LIMIT 1)
                RETURNING local_id
                """,
                [.text(optional: report.messageID), .text(optional: report.localID), .text(what)]
            )
            if let letter = try rows.first?.decode("local_id", as: String.self) { return letter }
            let letter = try await Self.markUndelivered(
                messageID: report.messageID,
                localID: report.localID,
                code: report.code,
                text: what,
                on: connection
            )
            if let letter { return letter }
            return try await Self.takeFeedReport(what, report.messageID, report.localID, on: connection)
        }
    }

    /// What state a message is filed in.
    enum MessageState: String {
        case arriving, kept, reported, left, quarantined

        var isSettled: Bool { self != .arriving && self != .left }
    }

    private func file(
        _ notice: MailboxNotice,
        in mailbox: String,
        as state: MessageState,
        feed: FeedID? = nil,
        reason: String? = nil,
        content: [UInt8]? = nil
    ) async throws {
        try await pool.withTransaction { connection in
            try await file(notice, in: mailbox, as: state, feed: feed, reason: reason, content: content, on: connection)
        }
    }

    func file(
        _ notice: MailboxNotice,
        in mailbox: String,
        as state: MessageState,
        feed: FeedID? = nil,
        reason: String? = nil,
        content: [UInt8]? = nil,
        on connection: PostgresConnection
    ) async throws {
        // What is settled stays so: a process that lost the mailbox may still be at it.
        try await connection.query(
            """
            INSERT INTO mailbox_message AS m
                (mailbox, id, state, feed_id, sender, workflow, local_id, file_name, reason, content, settled_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11 THEN now() END)
            ON CONFLICT (mailbox, id) DO UPDATE SET state = excluded.state, feed_id = excluded.feed_id,
                reason = excluded.reason, content = excluded.content, settled_at = excluded.settled_at,
                first_seen = CASE WHEN excluded.state = 'left' THEN now() ELSE m.first_seen END
            WHERE m.state IN ('arriving', 'left')
            """,
            [
                .text(mailbox), .text(notice.id), .text(state.rawValue),
                feed.map { .uuid($0.uuid) } ?? .typedNull(.uuid), .text(optional: notice.sender),
                .text(notice.workflow), .text(optional: notice.localID), .text(optional: notice.fileName),
                .text(optional: reason), content.map { .bytes($0) } ?? .typedNull(.bytes), .bool(state.isSettled),
            ]
        )
    }
}
