package import Deliveries
package import Events
import Foundation
import Postgres
import Subscriptions
import Vaccination

extension PostgresStore: DocumentStore {
    package func circumstances(
        of event: LaneEvent,
        for claim: LaneClaim
    ) async throws -> DocumentCircumstances {
        let rows = try await pool.query(
            """
            SELECT s.filter -> 'registeredPractices' ->> 0 AS practice, o.name, e.practice AS registered, v.nhs_number,
                coalesce(p.superseded_by, v.nhs_number) AS traced, b.resource AS previous
            FROM subscription s
            JOIN subscription_event se ON se.subscription_id = s.id AND se.number = $2
            JOIN event e ON e.record_id = se.record_id AND e.change = se.change
            JOIN immunization_version v ON v.immunization_id = se.record_id AND v.change = se.change
            LEFT JOIN patient p ON p.nhs_number = v.nhs_number
            LEFT JOIN practice o ON o.ods_code = s.filter -> 'registeredPractices' ->> 0
            LEFT JOIN immunization_version a ON a.immunization_id = se.record_id AND a.change = se.change - 1
            LEFT JOIN immunization_version b ON b.immunization_id = se.record_id AND b.change = a.content_change
            WHERE s.id = $1
            """,
            [.uuid(claim.subscription.id.uuid), .int8(event.number)]
        )
        guard let row = rows.first else { throw StoredValueError(column: "subscription_event.number") }
        var found = DocumentCircumstances(practice: try row.decode("practice", as: String.self))
        found.practiceName = try row.decode("name", as: String?.self)
        found.registeredPractice = try row.decode("registered", as: String?.self)
        found.patient = try row.nhsNumber("nhs_number")
        found.traced = try row.nhsNumber("traced")
        found.previousResource = try row.decode("previous", as: [UInt8]?.self)
        let chain = try await pool.query(
            """
            SELECT d.composition, d.message_id, d.local_id, d.version, d.is_withdrawal, d.nhs_number, d.replaces,
                l.accepted_at IS NOT NULL AND l.state <> 'undelivered' AND d.refused_at IS NULL AS stands
            FROM gp_document d JOIN letter l ON l.key = d.key AND l.part = d.part
            WHERE d.record_id = $1 AND d.practice = $2 AND d.key <> $3 ORDER BY d.version DESC
            """,
            [.uuid(event.recordID.uuid), .text(found.practice), .text("\(claim.subscription.id)/\(event.number)")]
        )
        found.lastVersion = try chain.first?.decode("version", as: Int.self) ?? 0
        found.last = try chain.first(where: { try $0.decode("stands", as: Bool.self) }).map(Self.document)
        return found
    }

    private static func document(_ row: PostgresRow) throws -> FiledDocument {
        FiledDocument(
            composition: try row.decode("composition", as: UUID.self),
            messageID: try row.decode("message_id", as: UUID.self),
            localID: try row.decode("local_id", as: String.self),
            version: try row.decode("version", as: Int.self),
            isWithdrawal: try row.decode("is_withdrawal", as: Bool.self),
            patient: try row.require(try row.nhsNumber("nhs_number"), "nhs_number"),
            replaces: try row.decode("replaces", as: UUID?.self)
        )
    }

    package func file(
        _ documents: [FiledDocument],
        under key: String,
        for event: LaneEvent,
        of claim: LaneClaim
    ) async throws {
        try await pool.withTransaction { connection in
            // One that was filed before a crash and never became a letter: nobody has seen its identifiers.
            try await connection.query(
                "DELETE FROM gp_document WHERE key = $1 AND NOT EXISTS (SELECT FROM letter WHERE letter.key = $1)",
                [.text(key)]
            )
            for (part, document) in documents.enumerated() {
                try await connection.query(
                    """
                    INSERT INTO gp_document (composition, message_id, local_id, key, part, record_id, practice, version,
                        is_withdrawal, nhs_number, replaces)
                    SELECT $3, $4, $5, $1, $2, $6, s.filter -> 'registeredPractices' ->> 0, $7, $8, $9, $10
                    FROM subscription s WHERE s.id = $11 ON CONFLICT (key, part) DO NOTHING
                    """,
                    [
                        .text(key), .int2(Int16(part)), .uuid(document.composition), .uuid(document.messageID),
                        .text(document.localID), .uuid(event.recordID.uuid), .int4(Int32(document.version)),
                        .bool(document.isWithdrawal), .int8(document.patient.stored),
                        .uuid(optional: document.replaces),
                        .uuid(claim.subscription.id.uuid),
                    ]
                )
            }
        }
    }

    package func name(ofOrganisation odsCode: String) async throws -> String? {
        try await pool.query("SELECT name FROM practice WHERE ods_code = $1", [.text(odsCode)]).first?
            .decode("name", as: String.self)
    }

    package func practice(of subscription: SubscriptionID) async throws -> String? {
        try await pool.query(
            "SELECT filter -> 'registeredPractices' ->> 0 AS practice FROM subscription WHERE id = $1",
            [.uuid(subscription.uuid)]
        ).first?.decode("practice", as: String?.self)
    }

    package func mailbox(of odsCode: String, for workflow: String) async throws -> String? {
        try await pool.query(
            """
            SELECT mailbox FROM practice_mailbox
            WHERE ods_code = $1 AND workflow = $2 AND looked_up_at > now() - interval '24 hours'
            """,
            [.text(odsCode), .text(workflow)]
        ).first?.decode("mailbox", as: String.self)
    }

    package func keep(mailbox: String?, of odsCode: String, for workflow: String) async throws {
        guard let mailbox else {
            try await pool.query(
                "DELETE FROM practice_mailbox WHERE ods_code = $1 AND workflow = $2",
                [.text(odsCode), .text(workflow)]
            )
            return
        }
        try await pool.query(
            """
            INSERT INTO practice_mailbox (ods_code, workflow, mailbox) VALUES ($1, $2, $3)
            ON CONFLICT (ods_code, workflow) DO UPDATE SET mailbox = excluded.mailbox, looked_up_at = now()
            """,
            [.text(odsCode), .text(workflow), .text(mailbox)]
        )
    }
}
