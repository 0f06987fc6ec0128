package import Deliveries
package import Feeds
import Foundation
import Outbound
import Postgres

extension PostgresStore: PostInbox {
    package func unsettled(workflows: [String], limit: Int) async throws -> [IncomingLetter] {
        let rows = try await pool.query(
            """
            SELECT mailbox, id, sender, workflow, local_id, file_name, content_type, received_at, wrapping_key, wrapped_key,
                sealed
            FROM incoming_letter WHERE workflow = ANY($1) AND settled_at IS NULL ORDER BY received_at, id LIMIT $2
            """,
            [.texts(workflows), .int8(Int64(limit))]
        )
        return try rows.map { row in
            let (mailbox, id) = (try row.decode("mailbox", as: String.self), try row.decode("id", as: String.self))
            return IncomingLetter(
                mailbox: mailbox,
                id: id,
                sender: try row.decode("sender", as: String?.self),
                workflow: try row.decode("workflow", as: String.self),
                localID: try row.decode("local_id", as: String?.self),
                fileName: try row.decode("file_name", as: String?.self),
                contentType: try row.decode("content_type", as: String?.self),
                receivedAt: try row.decode("received_at", as: Date.self),
                body: try vault().open(row.sealed(), at: Self.place(ofMessage: id, in: mailbox))
            )
        }
    }

    package func settle(_ letter: IncomingLetter, as outcome: String) async throws {
        try await pool.query(
            """
            UPDATE incoming_letter SET settled_at = now(), outcome = $3
            WHERE mailbox = $1 AND id = $2 AND settled_at IS NULL
            """,
            [.text(letter.mailbox), .text(letter.id), .text(outcome)]
        )
    }

    private static func place(ofMessage id: String, in mailbox: String) -> String { "incoming \(mailbox) \(id)" }

    /// Keeps a message of another workflow than the feeds' and files it as kept, in one transaction.
    package func keep(_ notice: MailboxNotice, in mailbox: String, content: [UInt8]) async throws {
        let sealed = try vault().seal(content, at: Self.place(ofMessage: notice.id, in: mailbox))
        try await pool.withTransaction { connection in
            try await file(notice, in: mailbox, as: .kept, on: connection)
            try await connection.query(
                """
                INSERT INTO incoming_letter (mailbox, id, sender, workflow, local_id, file_name, content_type, wrapping_key,
                    wrapped_key, sealed)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (mailbox, id) DO NOTHING
                """,
                [
                    .text(mailbox), .text(notice.id), .text(optional: notice.sender), .text(notice.workflow),
                    .text(optional: notice.localID), .text(optional: notice.fileName),
                    .text(optional: notice.contentType), .text(sealed.wrappingKey), .bytes(sealed.wrappedKey),
                    .bytes(sealed.sealed),
                ]
            )
        }
    }
}
