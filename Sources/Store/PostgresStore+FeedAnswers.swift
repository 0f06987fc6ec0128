package import Deliveries
import Events
import Foundation
package import Messages
import Postgres
import Subscriptions
import Vaccination

extension PostgresStore: FeedAnswers {
    package func take(
        _ answer: FeedAnswer,
        to base: String,
        from mailbox: String
    ) async throws -> FeedReaction? {
        try await pool.withTransaction { connection in
            let files = try await connection.query(
                """
                SELECT \(Self.subscriptionColumns), f.sequence, f.position, f.answer FROM feed_file f
                JOIN feed_run r ON (r.subscription_id, r.sequence) = (f.subscription_id, f.sequence)
                JOIN subscription s ON s.id = f.subscription_id
                WHERE f.name = $1 AND r.mailbox = $2 FOR UPDATE OF f
                """,
                [.text(base + ".csv"), .text(mailbox)]
            )
            guard let row = files.first else { return nil }
            let file = AnsweredFile(
                subscription: try Self.subscription(row),
                sequence: try row.decode("sequence", as: Int64.self),
                position: try row.decode("position", as: Int32.self),
                answer: try row.decode("answer", as: String?.self)
            )
            switch answer {
            case .infrastructure(let isSuccess):
                return try await Self.take(isSuccess, of: file, named: base, on: connection)
            case .business(let failures): return try await Self.take(failures, of: file, on: connection)
            }
        }
    }

    private struct AnsweredFile {
        let subscription: Subscription
        let sequence: Int64
        let position: Int32
        let answer: String?

        var key: [PostgresValue] { [.uuid(subscription.id.uuid), .int8(sequence), .int4(position)] }
    }

    private static func take(
        _ isSuccess: Bool,
        of file: AnsweredFile,
        named base: String,
        on connection: PostgresConnection
    ) async throws -> FeedReaction {
        guard file.answer == nil else { return .ignored }
        try await connection.query(
            """
            UPDATE feed_file SET answer = $4, answered_at = now()
            WHERE subscription_id = $1 AND sequence = $2 AND position = $3
            """,
            file.key + [.text(isSuccess ? "received" : "refused")]
        )
        guard !isSuccess else { return .received }
        try await stop(
            file.subscription,
            .refused,
            "\(base) of run \(file.sequence) was refused: find out why, then herald nis resend, full or resume",
            on: connection
        )
        return .stopped(.refused)
    }

    private static func take(
        _ failures: [FeedAnswer.RowFailure],
        of file: AnsweredFile,
        on connection: PostgresConnection
    ) async throws -> FeedReaction {
        try await connection.query(
            """
            INSERT INTO feed_row_failure (subscription_id, sequence, position, row_number, record_id, outcome)
            SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::uuid[], $6::text[])
            ON CONFLICT DO NOTHING
            """,
            file.key + [
                .int8s(failures.map(\.row)), .uuids(optional: failures.map { $0.recordID?.uuid }),
                .texts(failures.map(\.outcome)),
            ]
        )
        try await connection.query(
            "UPDATE feed_file SET failed_rows = $4 WHERE subscription_id = $1 AND sequence = $2 AND position = $3",
            file.key + [.int4(Int32(clamping: failures.count))]
        )
        return .failures(failures.count)
    }

    /// Takes a report of MESH down: a file that was accepted did not arrive, and the feed stops.
    ///
    /// - Parameters:
    ///   - what: MESH's code and words.
    ///   - messageID: The message that did not arrive.
    ///   - localID: Its sender's own id, for want of the other (M-07).
    ///   - connection: The transaction that files the report.
    /// - Returns: The local id; nil where it is about no file of a feed that is still waited for.
    /// - Throws: Errors of the store.
    static func takeFeedReport(
        _ what: String,
        _ messageID: String?,
        _ localID: String?,
        on connection: PostgresConnection
    ) async throws -> String? {
        // By MESH's id first: a local id alone may be older than the attempt that failed (M-07).
        let rows = try await connection.query(
            """
            SELECT \(Self.subscriptionColumns), m.local_id, m.sequence, m.state, f.name, f.answer FROM feed_message m
            JOIN feed_file f ON (f.subscription_id, f.sequence, f.position)
                = (m.subscription_id, m.sequence, m.position)
            JOIN subscription s ON s.id = m.subscription_id
            WHERE m.message_id = $1 OR m.local_id = $2
            ORDER BY m.message_id = $1 DESC NULLS LAST LIMIT 1 FOR UPDATE OF m
            """,
            [.text(optional: messageID), .text(optional: localID)]
        )
        guard let row = rows.first else { return nil }
        // What has been answered meanwhile did arrive.
        guard try row.decode("state", as: String.self) == "accepted",
            try row.decode("answer", as: String?.self) == nil
        else { return nil }
        let id = try row.decode("local_id", as: String.self)
        try await connection.query(
            "UPDATE feed_message SET state = 'undelivered', trouble = $2 WHERE local_id = $1",
            [.text(id), .text(what)]
        )
        let name = try row.decode("name", as: String.self)
        let sequence = try row.decode("sequence", as: Int64.self)
        try await Self.stop(
            try Self.subscription(row),
            .uncollected,
            "\(name) did not arrive (\(what)): when the consumer collects again, herald nis resend --from \(sequence)",
            on: connection
        )
        return id
    }
}
