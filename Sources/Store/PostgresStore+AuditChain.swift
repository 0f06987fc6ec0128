package import Access
package import Foundation
import Postgres

extension PostgresStore: AuditChainStore {
    package func sealAudit(limit: Int) async throws -> Int {
        try await pool.withTransaction { connection in
            guard
                let chain = try await connection.query(
                    "SELECT last_number, last_seal FROM audit_chain FOR UPDATE SKIP LOCKED"
                ).first
            else { return 0 }
            let rows = try await connection.query(
                "SELECT a.* FROM audit_unsealed u JOIN audit_record a USING (id) ORDER BY u.id LIMIT $1",
                [.int8(Int64(limit))]
            ).map(Self.auditRow)
            guard !rows.isEmpty else { return 0 }
            let last = try chain.decode("last_number", as: Int64.self)
            var seal = try chain.decode("last_seal", as: [UInt8].self)
            let seals = rows.map { row in
                seal = AuditChain.seal(row, after: seal)
                return seal
            }
            try await connection.query(
                """
                WITH sealed AS (
                    INSERT INTO audit_seal (number, record_id, seal)
                    SELECT $1 + place, id, seal FROM unnest($2::int8[], $3::bytea[]) WITH ORDINALITY AS t (id, seal, place)
                ), waiting AS (
                    DELETE FROM audit_unsealed WHERE id = ANY ($2)
                )
                UPDATE audit_chain SET last_number = $1 + $4, last_seal = $5
                """,
                [
                    .int8(last), .int8s(rows.map(\.id)), .byteArrays(seals), .int8(Int64(rows.count)), .bytes(seal),
                ]
            )
            return rows.count
        }
    }

    package func releaseAudit(before: Date, limit: Int) async throws -> Int {
        // A hub whose role cannot remove records keeps them until the owner does (herald audit release).
        guard try await auditRights().mayChange else { return 0 }
        return try await pool.withTransaction { connection in
            guard
                let chain = try await connection.query(
                    "SELECT first_number FROM audit_chain FOR UPDATE SKIP LOCKED"
                ).first
            else { return 0 }
            let first = try chain.decode("first_number", as: Int64.self)
            let rows = try await connection.query(
                """
                SELECT s.number, s.seal, coalesce(a.recorded < $2, false) AS is_old
                FROM audit_seal s LEFT JOIN audit_record a ON a.id = s.record_id
                WHERE s.number >= $1 ORDER BY s.number LIMIT $3
                """,
                [.int8(first), .timestamp(before), .int8(Int64(limit))]
            )
            let old = try rows.prefix { try $0.decode("is_old", as: Bool.self) }
            guard let last = old.last else { return 0 }
            let next = try last.decode("number", as: Int64.self) + 1
            try await connection.query(
                "UPDATE audit_chain SET first_number = $1, anchor = $2",
                [.int8(next), .bytes(try last.decode("seal", as: [UInt8].self))]
            )
            // Records before seals: the trigger asks the seal whether a record may go.
            try await connection.query(
                "DELETE FROM audit_record WHERE id IN (SELECT record_id FROM audit_seal WHERE number < $1)",
                [.int8(next)]
            )
            try await connection.query("DELETE FROM audit_seal WHERE number < $1", [.int8(next)])
            return old.count
        }
    }

    package func verifyAudit(against mark: AuditMark?) async throws -> AuditVerification {
        // One snapshot: sealing and retention go on meanwhile.
        try await unhurriedSnapshot { connection in
            var result = AuditVerification()
            guard let chain = try await connection.query("SELECT * FROM audit_chain").first else {
                result.fault = .truncated(lastNumber: 0, expected: mark?.number ?? 1)
                return result
            }
            let first = try chain.decode("first_number", as: Int64.self)
            result.lastNumber = first - 1
            result.lastSeal = try chain.decode("anchor", as: [UInt8].self)
            result.fault = try await Self.walk(&result, mark: mark, on: connection)
            if result.fault == nil { result.fault = try Self.checkEnd(result, chain, mark) }
            if result.fault == nil { result.fault = try await Self.checkBeside(&result, on: connection) }
            return result
        }
    }

    /// One snapshot for as long as reading it takes.
    private func unhurriedSnapshot<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            try await connection.withoutTimeout { try await body(connection) }
        }
    }

    /// Checks link after link.
    private static func walk(
        _ result: inout AuditVerification,
        mark: AuditMark?,
        on connection: PostgresConnection
    ) async throws -> AuditFault? {
        while true {
            let rows = try await connection.query(
                """
                SELECT s.number, s.record_id, s.seal, a.* FROM audit_seal s LEFT JOIN audit_record a ON a.id = s.record_id
                WHERE s.number > $1 ORDER BY s.number LIMIT 2000
                """,
                [.int8(result.lastNumber)]
            )
            guard rows.first != nil else { return nil }
            for row in rows {
                let number = try row.decode("number", as: Int64.self)
                let recordID = try row.decode("record_id", as: Int64.self)
                guard number == result.lastNumber + 1 else { return .missingSeal(number: result.lastNumber + 1) }
                guard try row.decode("id", as: Int64?.self) != nil else {
                    return .missingRecord(number: number, recordID: recordID)
                }
                let seal = AuditChain.seal(try auditRow(row), after: result.lastSeal)
                guard try row.decode("seal", as: [UInt8].self) == seal else {
                    return .changed(number: number, recordID: recordID)
                }
                if let mark, mark.number == number, mark.seal != seal { return .otherEnd(number: number) }
                result.lastNumber = number
                result.lastSeal = seal
                result.records += 1
            }
        }
    }

    /// Checks that the chain goes as far as it should.
    private static func checkEnd(
        _ result: AuditVerification,
        _ chain: PostgresRow,
        _ mark: AuditMark?
    ) throws -> AuditFault? {
        let expected = max(try chain.decode("last_number", as: Int64.self), mark?.number ?? 0)
        guard result.lastNumber >= expected else {
            return .truncated(lastNumber: result.lastNumber, expected: expected)
        }
        guard try chain.decode("last_number", as: Int64.self) == result.lastNumber,
            try chain.decode("last_seal", as: [UInt8].self) == result.lastSeal
        else { return .otherEnd(number: result.lastNumber) }
        return nil
    }

    /// Checks what has no seal: it waits for one, or it does not belong there.
    private static func checkBeside(
        _ result: inout AuditVerification,
        on connection: PostgresConnection
    ) async throws -> AuditFault? {
        let unchained = try await connection.query(
            """
            SELECT a.id FROM audit_record a
            WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.record_id = a.id)
                AND NOT EXISTS (SELECT FROM audit_unsealed u WHERE u.id = a.id)
            ORDER BY a.id LIMIT 1
            """
        )
        if let row = unchained.first { return .unchained(recordID: try row.decode("id", as: Int64.self)) }
        let missing = try await connection.query(
            "SELECT u.id FROM audit_unsealed u WHERE NOT EXISTS (SELECT FROM audit_record a WHERE a.id = u.id) ORDER BY u.id LIMIT 1"
        )
        if let row = missing.first { return .missingUnsealed(recordID: try row.decode("id", as: Int64.self)) }
        let waiting = try await connection.query("SELECT count(*) AS waiting FROM audit_unsealed").first
        result.unsealed = Int(try waiting?.decode("waiting", as: Int64.self) ?? 0)
        return nil
    }

    package func sealedRows(from start: Date, until end: Date, _ body: (AuditLink) throws -> Void) async throws {
        var after: Int64 = 0
        try await unhurriedSnapshot { connection in
            while true {
                let rows = try await connection.query(
                    """
                    SELECT s.number, s.seal, a.* FROM audit_record a JOIN audit_seal s ON s.record_id = a.id
                    WHERE a.recorded >= $1 AND a.recorded < $2 AND s.number > $3 ORDER BY s.number LIMIT 2000
                    """,
                    [.timestamp(start), .timestamp(end), .int8(after)]
                )
                guard rows.first != nil else { return }
                for row in rows {
                    after = try row.decode("number", as: Int64.self)
                    try body(
                        AuditLink(
                            number: after,
                            seal: try row.decode("seal", as: [UInt8].self),
                            row: try Self.auditRow(row)
                        )
                    )
                }
            }
        }
    }

    static func auditRow(_ row: PostgresRow) throws -> AuditRow {
        AuditRow(
            id: try row.decode("id", as: Int64.self),
            eventID: try row.decode("event_id", as: UUID.self),
            recorded: try row.decode("recorded", as: Date.self),
            patient: try row.decode("patient", as: Int64?.self),
            client: try row.decode("client", as: String?.self),
            interaction: try row.decode("interaction", as: String.self),
            outcome: try row.decode("outcome", as: Int16.self),
            status: try row.decode("status", as: Int16?.self),
            entities: try row.decode("entities", as: [String].self),
            details: try row.decode("details", as: String.self)
        )
    }
}
