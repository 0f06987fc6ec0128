import Access
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing

/// append-only, chained, and every tampering found at its place.
@Suite(.herald, .timeLimit(.minutes(2))) struct AuditChainTests {
    private static func record(_ number: Int, daysAgo: Int = 0) -> AuditRecord {
        var record = AuditRecord(recorded: Date(timeIntervalSinceNow: Double(-daysAgo * 86_400)))
        record.client = "client-\(number)"
        record.interaction = .search
        record.status = 200
        record.patient = PatientNumber("9990000018")
        record.parameters = "patient.identifier=…|\(number)"
        return record
    }

    /// A trail of ten sealed records.
    private func sealed(_ store: PostgresStore) async throws {
        for number in 1...10 { try await store.append([Self.record(number)]) }
        #expect(try await store.sealAudit(limit: 4) == 4)
        #expect(try await store.sealAudit(limit: 100) == 6)
        #expect(try await store.sealAudit(limit: 100) == 0)
    }

    /// Changes what nobody may: as the owner of the tables could.
    private func tamper(_ pool: PostgresPool, _ sql: String...) async throws {
        try await pool.withTransaction { connection in
            try await connection.query("SET LOCAL session_replication_role = replica")
            for statement in sql { try await connection.query(statement) }
        }
    }

    @Test func aTrailThatNobodyTouchedIsWhole() async throws {
        try await ScratchDatabase.withStore { store, _ in
            try await sealed(store)
            try await store.append([Self.record(11)])
            let result = try await store.verifyAudit(against: nil)
            #expect(result.fault == nil)
            #expect(result.records == 10 && result.unsealed == 1 && result.lastNumber == 10)
            let mark = AuditMark("10:\(AuditChain.text(result.lastSeal))")
            #expect(try await store.verifyAudit(against: mark).fault == nil)
        }
    }

    @Test func aRecordIsKeptAsItWasAndOnce() async throws {
        try await ScratchDatabase.withStore { store, pool in
            var record = Self.record(1)
            record.resources = [AuditedResource("Immunization", id: "29dc4e84-7e72-11ee-b962-0242ac120002", version: 3)]
            record.correlationID = "with \u{0} and \"quotes\""
            record.vaccineTypesAsked = ["FLU", "MMR"]
            try await store.append([record, Self.record(2)])
            try await store.append([record])
            #expect(try await pool.count("SELECT count(*) FROM audit_record") == 2)
            #expect(try await store.auditRow(record.eventID)?.record() == record)
        }
    }

    @Test(arguments: [
        "UPDATE audit_record SET outcome = 0", "DELETE FROM audit_record", "TRUNCATE audit_record",
        "UPDATE audit_seal SET number = number + 100", "DELETE FROM audit_seal", "TRUNCATE audit_seal",
    ])
    func whatIsOnRecordIsNotChangedOrRemoved(_ sql: String) async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await sealed(store)
            let error = await #expect(throws: PostgresError.self) { try await pool.query(sql) }
            #expect(error?.sqlState == SQLState(rawValue: "42501"))
            #expect(try await store.verifyAudit(against: nil).fault == nil)
        }
    }

    @Test(arguments: [
        ("UPDATE audit_record SET client = 'other' WHERE id = 4", AuditFault.changed(number: 4, recordID: 4)),
        ("UPDATE audit_record SET patient = NULL WHERE id = 1", .changed(number: 1, recordID: 1)),
        (
            "UPDATE audit_record SET recorded = recorded - interval '1 hour' WHERE id = 7",
            .changed(number: 7, recordID: 7)
        ),
        (
            "UPDATE audit_record SET details = replace(details, '…|4', '…|5') WHERE id = 4",
            .changed(number: 4, recordID: 4)
        ),
        (
            "UPDATE audit_seal SET seal = decode(repeat('ab', 32), 'hex') WHERE number = 5",
            .changed(number: 5, recordID: 5)
        ),
        ("DELETE FROM audit_record WHERE id = 6", .missingRecord(number: 6, recordID: 6)),
        ("DELETE FROM audit_record WHERE id = 10", .missingRecord(number: 10, recordID: 10)),
        ("DELETE FROM audit_seal WHERE number = 6", .missingSeal(number: 6)),
        ("DELETE FROM audit_seal WHERE number >= 9", .truncated(lastNumber: 8, expected: 10)),
        ("DELETE FROM audit_seal", .truncated(lastNumber: 0, expected: 10)),
        (
            "UPDATE audit_seal SET record_id = CASE record_id WHEN 3 THEN 8 ELSE 3 END WHERE record_id IN (3, 8)",
            .changed(number: 3, recordID: 8)
        ),
    ])
    func tamperingIsFoundAtItsPlace(_ sql: String, _ fault: AuditFault) async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await sealed(store)
            if sql.contains("CASE") {
                try await pool.query("ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_record_id_key")
            }
            try await tamper(pool, sql)
            let result = try await store.verifyAudit(against: nil)
            #expect(result.fault == fault)
        }
    }

    @Test func swappedContentsOfTwoRowsAreFound() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await sealed(store)
            try await tamper(
                pool,
                "CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM audit_record WHERE id IN (2, 3)",
                """
                UPDATE audit_record a SET client = k.client, details = k.details, recorded = k.recorded
                FROM kept k WHERE a.id IN (2, 3) AND k.id = 5 - a.id
                """
            )
            #expect(try await store.verifyAudit(against: nil).fault == .changed(number: 2, recordID: 2))
        }
    }

    /// Whoever rewrites the end of the chain and its last number leaves no trace inside; the mark kept elsewhere tells.
    @Test func aTrailThatWasCutWithItsEndIsFoundByAMark() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await sealed(store)
            let whole = try await store.verifyAudit(against: nil)
            let mark = try #require(AuditMark("10:\(AuditChain.text(whole.lastSeal))"))
            try await tamper(
                pool,
                "DELETE FROM audit_record WHERE id > 8",
                "DELETE FROM audit_seal WHERE number > 8",
                "UPDATE audit_chain SET last_number = 8, last_seal = (SELECT seal FROM audit_seal WHERE number = 8)"
            )
            #expect(try await store.verifyAudit(against: nil).fault == nil)
            #expect(try await store.verifyAudit(against: mark).fault == .truncated(lastNumber: 8, expected: 10))
        }
    }

    @Test func whatStandsBesideTheChainIsFound() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await sealed(store)
            try await store.append([Self.record(11), Self.record(12)])
            try await tamper(pool, "DELETE FROM audit_record WHERE client = 'client-11'")
            #expect(try await store.verifyAudit(against: nil).fault == .missingUnsealed(recordID: 11))
            #expect(try await store.sealAudit(limit: 10) == 1, "what is left is sealed all the same")
            try await tamper(pool, "DELETE FROM audit_unsealed")
            #expect(try await store.verifyAudit(against: nil).fault == nil)
            try await store.append([Self.record(13)])
            try await tamper(pool, "DELETE FROM audit_unsealed")
            #expect(try await store.verifyAudit(against: nil).fault == .unchained(recordID: 13))
        }
    }

    /// Writers side by side, sealers side by side: every record gets one number, and the chain holds.
    @Test func sealingBesideManyWritersLosesAndDoublesNothing() async throws {
        try await ScratchDatabase.withStore { store, pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for number in 0..<25 { try await store.append([Self.record(writer * 100 + number)]) }
                    }
                }
                for _ in 0..<2 {
                    group.addTask { for _ in 0..<30 { _ = try await store.sealAudit(limit: 7) } }
                }
                try await group.waitForAll()
            }
            while try await store.sealAudit(limit: 50) > 0 {}
            let result = try await store.verifyAudit(against: nil)
            #expect(result.fault == nil && result.records == 100 && result.unsealed == 0)
        }
    }

    /// Rows leave by whole days, and the chain goes on from its anchor.
    @Test func retentionTakesWholeSealedDaysAndKeepsTheAnchor() async throws {
        try await ScratchDatabase.withStore { store, pool in
            for days in [9, 9, 8, 3, 0] { try await store.append([Self.record(days, daysAgo: days)]) }
            while try await store.sealAudit(limit: 50) > 0 {}
            let end = try await store.verifyAudit(against: nil)
            let cut = Date(timeIntervalSinceNow: -5 * 86_400)
            #expect(try await store.releaseAudit(before: cut, limit: 2) == 2)
            #expect(try await store.releaseAudit(before: cut, limit: 2) == 1)
            #expect(try await store.releaseAudit(before: cut, limit: 2) == 0)
            #expect(try await pool.count("SELECT count(*) FROM audit_record") == 2)
            let result = try await store.verifyAudit(against: AuditMark("5:\(AuditChain.text(end.lastSeal))"))
            #expect(result.fault == nil && result.records == 2 && result.lastSeal == end.lastSeal)
            try await store.append([Self.record(0)])
            #expect(try await store.sealAudit(limit: 1) == 1)
            #expect(try await store.verifyAudit(against: nil).fault == nil)
        }
    }
}
