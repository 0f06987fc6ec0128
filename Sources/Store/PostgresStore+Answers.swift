package import Deliveries
import Foundation
package import Messages
import Postgres

extension PostgresStore: AnswerStore {
    package func take(_ answer: ITKAnswer, _ letter: IncomingLetter) async throws -> AnswerOutcome {
        try await pool.withTransaction { connection in
            let document = try await Self.answered(by: answer, on: connection)
            let outcome = try await Self.outcome(of: answer, letter, document, on: connection)
            try await connection.query(
                """
                INSERT INTO gp_answer (mailbox, id, message_id, composition, code, verdict, outcome, received_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (mailbox, id) DO NOTHING
                """,
                [
                    .text(letter.mailbox), .text(letter.id), .uuid(optional: answer.subject.messageID),
                    .uuid(optional: document?.composition), .text(optional: answer.code?.digits),
                    .text(answer.verdict.rawValue), .text(outcome.word), .timestamp(letter.receivedAt),
                ]
            )
            try await connection.query(
                """
                UPDATE incoming_letter SET settled_at = now(), outcome = $3
                WHERE mailbox = $1 AND id = $2 AND settled_at IS NULL
                """,
                [.text(letter.mailbox), .text(letter.id), .text(outcome.word)]
            )
            return outcome
        }
    }

    /// A document with what its letter has come to.
    private struct AnsweredDocument {
        var composition: UUID
        var replaces: UUID?
        var recordID: UUID
        var practice: String
        var mailbox: String
        var progress: DocumentProgress
        var wasResent: Bool
        var subscriptionID: UUID
    }

    private static func answered(
        by answer: ITKAnswer,
        on connection: PostgresConnection
    ) async throws -> AnsweredDocument? {
        guard let message = answer.subject.messageID else { return nil }
        // Answers to one document, which come in at the same time, follow each other.
        let rows = try await connection.query(
            """
            SELECT d.composition, d.replaces, d.record_id, d.practice, d.state, d.refusal, l.recipient, l.accepted_at,
                l.resends > 0 AS resent, l.subscription_id
            FROM gp_document d JOIN letter l ON l.key = d.key AND l.part = d.part
            WHERE d.message_id = $1 FOR UPDATE OF d
            """,
            [.uuid(message)]
        )
        return try rows.first.map { row in
            var progress = DocumentProgress(
                try row.choice("state"),
                refusal: try row.decode("refusal", as: String?.self).flatMap { ITKResponseCode($0) }
            )
            if try row.decode("accepted_at", as: Date?.self) != nil { _ = progress.take(.accepted) }
            return AnsweredDocument(
                composition: try row.decode("composition", as: UUID.self),
                replaces: try row.decode("replaces", as: UUID?.self),
                recordID: try row.decode("record_id", as: UUID.self),
                practice: try row.decode("practice", as: String.self),
                mailbox: try row.decode("recipient", as: String.self),
                progress: progress,
                wasResent: try row.decode("resent", as: Bool.self),
                subscriptionID: try row.decode("subscription_id", as: UUID.self)
            )
        }
    }

    private static func outcome(
        of answer: ITKAnswer,
        _ letter: IncomingLetter,
        _ document: AnsweredDocument?,
        on connection: PostgresConnection
    ) async throws -> AnswerOutcome {
        guard let document else {
            return answer.subject == .unreadable ? .unreadableMessage : .unknownMessage
        }
        // G-26: somebody else's word does not count.
        guard letter.sender == document.mailbox else { return .otherMailbox }
        var progress = document.progress
        let reactions = progress.take(.answered(answer.verdict, answer.code, resent: document.wasResent))
        if progress != document.progress {
            try await connection.query(
                """
                UPDATE gp_document SET state = $2, refusal = $3, answered_at = $4,
                    refused_at = CASE WHEN $2 = 'refused' THEN coalesce(refused_at, now()) ELSE refused_at END
                WHERE composition = $1
                """,
                [
                    .uuid(document.composition), .text(progress.state.rawValue),
                    .text(optional: progress.refusal?.digits), .timestamp(letter.receivedAt),
                ]
            )
        }
        for reaction in reactions { try await react(reaction, document, on: connection) }
        let isContradiction = reactions.contains(.reportContradiction)
        return AnswerOutcome(isContradiction ? "contradiction" : progress.state.rawValue, reactions: reactions)
    }

    private static func react(
        _ reaction: DocumentProgress.Reaction,
        _ document: AnsweredDocument,
        on connection: PostgresConnection
    ) async throws {
        switch reaction {
        case .traceAgain:
            // Whoever the patient's practice is now gets the record's newest change as its own (G-21).
            try await connection.query(
                """
                INSERT INTO gp_waiting (record_id, change, nhs_number, state, due_at)
                SELECT e.record_id, e.change, v.nhs_number, 'patient-elsewhere', now()
                FROM event e JOIN immunization_version v ON v.immunization_id = e.record_id AND v.change = e.change
                WHERE e.record_id = $1 ORDER BY e.change DESC LIMIT 1
                ON CONFLICT (record_id) DO UPDATE SET due_at = now()
                """,
                [.uuid(document.recordID)]
            )
        case .lookUpAgain:
            try await connection.query("DELETE FROM practice_mailbox WHERE ods_code = $1", [.text(document.practice)])
        case .breakChain:
            // G-31: the receiver has made both void; the next document is a new one.
            try await connection.query(
                "UPDATE gp_document SET refused_at = coalesce(refused_at, now()) WHERE composition = $1",
                [.uuid(optional: document.replaces)]
            )
        case .stopLane:
            try await connection.query(
                """
                UPDATE lane SET paused_at = coalesce(paused_at, now()), paused_by = coalesce(paused_by, 'herald'),
                    pause_reason = coalesce(pause_reason, 'the practice does not accept the sender'),
                    next_attempt_at = 'infinity'
                WHERE subscription_id = $1
                """,
                [.uuid(document.subscriptionID)]
            )
        case .reportDefect, .reportContradiction, .tellOperator: break
        }
    }
}

extension ITKAnswer.Subject {
    /// The message that is answered, where it is named.
    fileprivate var messageID: UUID? {
        if case .message(let id) = self { id } else { nil }
    }
}
