package import Deliveries
import Events
import Foundation
import Outbound
import Postgres
import Subscriptions
import Vaccination

extension PostgresStore: LetterStore {
    package func waitingLetters(_ key: String) async throws -> [WaitingLetter]? {
        let rows = try await pool.query(
            """
            SELECT local_id, recipient, workflow, file_name, content_type, partner_id, wrapping_key, wrapped_key, sealed,
                attempts, state, resends
            FROM letter WHERE key = $1 ORDER BY part
            """,
            [.text(key)]
        )
        guard !rows.isEmpty else { return nil }
        // One that is sent again was accepted before: its lane has moved on.
        return try rows.filter {
            try $0.decode("state", as: String.self) == "waiting" && $0.decode("resends", as: Int.self) == 0
        }.map(waitingLetter)
    }

    func waitingLetter(_ row: PostgresRow) throws -> WaitingLetter {
        let localID = try row.decode("local_id", as: String.self)
        let content = try SealedLetter.open(vault().open(row.sealed(), at: SealedLetter.place(localID)))
        var letter = Letter(
            localID: localID,
            recipient: try row.decode("recipient", as: String.self),
            workflow: try row.decode("workflow", as: String.self),
            fileName: try row.decode("file_name", as: String.self),
            contentType: try row.decode("content_type", as: String.self),
            body: content.body
        )
        letter.subject = content.subject
        letter.partnerID = try row.decode("partner_id", as: String?.self)
        return WaitingLetter(letter, attempts: try row.decode("attempts", as: Int.self))
    }

    package func keep(
        _ letters: [Letter],
        or reason: String?,
        under key: String,
        for event: LaneEvent,
        of claim: LaneClaim
    ) async throws {
        let lane: [PostgresValue] = [
            .text(key), .uuid(claim.subscription.id.uuid), .int8(event.number), .uuid(event.recordID.uuid),
        ]
        guard !letters.isEmpty else {
            try await pool.query(
                """
                INSERT INTO letter (key, subscription_id, number, record_id, part, state, reason)
                VALUES ($1, $2, $3, $4, 0, 'none', $5) ON CONFLICT (key, part) DO NOTHING
                """,
                lane + [.text(optional: reason)]
            )
            return
        }
        let sealed = try letters.map {
            try vault().seal(SealedLetter.content(of: $0), at: SealedLetter.place($0.localID))
        }
        try await pool.withTransaction { connection in
            for (part, (letter, sealed)) in zip(letters, sealed).enumerated() {
                let kept = try await connection.query(
                    """
                    INSERT INTO letter (key, subscription_id, number, record_id, part, local_id, recipient, workflow,
                        file_name, content_type, partner_id, wrapping_key, wrapped_key, sealed, state)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'waiting')
                    ON CONFLICT (key, part) DO NOTHING
                    """,
                    lane + [
                        .int2(Int16(part)), .text(letter.localID), .text(letter.recipient), .text(letter.workflow),
                        .text(letter.fileName), .text(letter.contentType), .text(optional: letter.partnerID),
                        .text(sealed.wrappingKey), .bytes(sealed.wrappedKey), .bytes(sealed.sealed),
                    ]
                )
                // Another lane was first: all its letters count, and none of these.
                guard kept.affectedRows == 1 else { return }
            }
        }
    }

    package func beginAttempt(ofLetter localID: String) async throws {
        try await pool.query("UPDATE letter SET attempts = attempts + 1 WHERE local_id = $1", [.text(localID)])
    }

    package func markAccepted(letter localID: String, _ receipt: PostReceipt) async throws {
        try await pool.query(
            """
            UPDATE letter SET state = 'accepted', accepted_at = now(), message_id = $2, duplicates = $3, reason = NULL
            WHERE local_id = $1 AND state = 'waiting'
            """,
            [.text(localID), .text(optional: receipt.messageID), .int4(Int32(receipt.duplicates))]
        )
    }

    package func markFailed(letter localID: String, trouble: String) async throws {
        try await pool.query(
            """
            UPDATE letter SET reason = $2, first_failure_at = coalesce(first_failure_at, now())
            WHERE local_id = $1 AND state = 'waiting'
            """,
            [.text(localID), .text(trouble)]
        )
    }

    package func redirect(letter localID: String, to mailbox: String) async throws {
        try await pool.query(
            "UPDATE letter SET recipient = $2, attempts = 0 WHERE local_id = $1 AND state = 'waiting'",
            [.text(localID), .text(mailbox)]
        )
    }

    /// Marks the letter that a report is about as undelivered (M-07); by the office's id first, for a local id alone may be
    /// older than the attempt that failed.
    ///
    /// - Returns: Its local id; nil where it is none of ours, or was known to be undelivered.
    static func markUndelivered(
        messageID: String?,
        localID: String?,
        code: String,
        text: String,
        on connection: PostgresConnection
    ) async throws -> String? {
        let rows = try await connection.query(
            """
            UPDATE letter SET state = 'undelivered', reported_at = now(), report_code = $3, reason = $4
            WHERE id = (
                SELECT id FROM letter WHERE state = 'accepted' AND (message_id = $1 OR local_id = $2)
                ORDER BY message_id = $1 DESC NULLS LAST LIMIT 1)
            RETURNING id, local_id
            """,
            [.text(optional: messageID), .text(optional: localID), .text(code), .text(text)]
        )
        guard let row = rows.first else { return nil }
        if code == "14" { try await sendAgain(letter: row.decode("id", as: Int64.self), on: connection) }
        return try row.decode("local_id", as: String.self)
    }

    /// A practice's letter that was not collected goes out once more, after its mailbox was looked up again (G-32, G-41);
    /// the second report is for operators.
    private static func sendAgain(letter id: Int64, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE letter l SET state = 'waiting', resends = 1, local_id = l.local_id || '.r1', attempts = 0,
                first_failure_at = NULL, message_id = NULL, next_attempt_at = now()
            WHERE id = $1 AND resends = 0 AND EXISTS (SELECT FROM gp_document d WHERE d.key = l.key AND d.part = l.part)
            """,
            [.int8(id)]
        )
        try await connection.query(
            """
            DELETE FROM practice_mailbox m USING letter l JOIN gp_document d ON d.key = l.key AND d.part = l.part
            WHERE l.id = $1 AND m.ods_code = d.practice
            """,
            [.int8(id)]
        )
    }

    package func takeResend() async throws -> (WaitingLetter, LaneClaim)? {
        let rows = try await pool.query(
            """
            UPDATE letter l SET next_attempt_at = now() + interval '15 minutes'
            FROM subscription s WHERE s.id = l.subscription_id AND l.id = (
                SELECT id FROM letter WHERE state = 'waiting' AND resends > 0 AND next_attempt_at <= now()
                ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING l.local_id, l.recipient, l.workflow, l.file_name, l.content_type, l.partner_id, l.wrapping_key,
                l.wrapped_key, l.sealed, l.attempts, \(Self.subscriptionColumns)
            """
        )
        guard let row = rows.first else { return nil }
        let lane = LaneClaim(
            subscription: try Self.subscription(row),
            origin: "",
            epoch: 0,
            deliveredThrough: 0,
            work: nil
        )
        return (try waitingLetter(row), lane)
    }

    package func postponeResend(of localID: String, for pause: Duration, because trouble: String) async throws {
        try await pool.query(
            """
            UPDATE letter SET next_attempt_at = now() + $2 * interval '1 millisecond', reason = $3
            WHERE local_id = $1 AND state = 'waiting' AND resends > 0
            """,
            [.text(localID), .int8(Int64(pause / .milliseconds(1))), .text(trouble)]
        )
    }
}

/// What of a letter is encrypted: its subject, in the first line, and its body.
private enum SealedLetter {
    /// A letter that is sent again is the same one, whatever its id has at its end.
    static func place(_ localID: String) -> String { "letter \(localID.replacing(/\.r\d+$/, with: ""))" }

    static func content(of letter: Letter) -> [UInt8] {
        let subject = (letter.subject ?? "").map { $0.isNewline ? " " : $0 }
        return Array(String(subject).utf8) + [UInt8(ascii: "\n")] + letter.body
    }

    static func open(_ content: [UInt8]) throws -> (subject: String?, body: [UInt8]) {
        guard let end = content.firstIndex(of: UInt8(ascii: "\n")) else { throw SecretError.damaged }
        let subject = String(decoding: content[..<end], as: UTF8.self)
        return (subject.isEmpty ? nil : subject, Array(content[(end + 1)...]))
    }
}

extension PostgresStore {
    /// What letters are kept with.
    ///
    /// - Throws: ``SecretError`` in a process without keys.
    func vault() throws -> ContentVault {
        guard let contents else { throw SecretError.unknownKey("none") }
        return contents
    }
}

extension PostgresRow {
    /// The content of the columns `wrapping_key`, `wrapped_key` and `sealed`.
    func sealed() throws -> SealedSecret {
        SealedSecret(
            wrappingKey: try decode("wrapping_key", as: String.self),
            wrappedKey: try decode("wrapped_key", as: [UInt8].self),
            sealed: try decode("sealed", as: [UInt8].self)
        )
    }
}
