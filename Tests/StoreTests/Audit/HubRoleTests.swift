import Access
import Foundation
import HeraldTestKit
import Logging
import Postgres
import Store
import Testing

/// a role of its own, which the tables' owner lets run the hub and which cannot change the trail.
@Suite(.herald, .timeLimit(.minutes(1))) struct HubRoleTests {
    private static func record(daysAgo: Int = 0) -> AuditRecord {
        AuditRecord(recorded: Date(timeIntervalSinceNow: Double(-daysAgo * 86_400)))
    }

    @Test func theHubsRoleSealsAndChecksTheTrailAndChangesNothingOfIt() async throws {
        try await HubRole.withStore { owner, store, pool in
            try await store.append([Self.record(daysAgo: 9), Self.record()])
            #expect(try await store.sealAudit(limit: 10) == 2)
            try await store.append([Self.record()])
            let refused = [
                "UPDATE audit_record SET outcome = 0", "DELETE FROM audit_record", "TRUNCATE audit_record",
                "UPDATE audit_seal SET number = number + 100", "DELETE FROM audit_seal", "TRUNCATE audit_seal",
                "UPDATE audit_chain SET first_number = 3", "DELETE FROM audit_chain",
                "INSERT INTO audit_chain DEFAULT VALUES",
                "ALTER TABLE audit_record DISABLE TRIGGER ALL", "DROP TABLE audit_record", "DROP TABLE audit_seal",
                "SET session_replication_role = replica", "DELETE FROM schema_migration",
                "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
                "CREATE TABLE other (id int)",
            ]
            for sql in refused {
                let error = await #expect(throws: PostgresError.self, "\(sql)") { try await pool.query(sql) }
                #expect(
                    error?.sqlState == .insufficientPrivilege,
                    "\(sql): \(error.map(String.init(reflecting:)) ?? "")"
                )
            }
            #expect(try await store.verifyAudit(against: nil).fault == nil)
            #expect(try await owner.verifyAudit(against: nil).records == 2)
        }
    }

    /// What is kept no longer is let go by the owner, and by a hub that cannot is left alone without an error.
    @Test func recordsAreLetGoByTheOwnerAlone() async throws {
        try await HubRole.withStore { owner, store, _ in
            try await store.append([Self.record(daysAgo: 9), Self.record()])
            #expect(try await store.sealAudit(limit: 10) == 2)
            let cut = Date(timeIntervalSinceNow: -5 * 86_400)
            #expect(try await store.releaseAudit(before: cut, limit: 10) == 0)
            #expect(try await owner.releaseAudit(before: cut, limit: 10) == 1)
            #expect(try await store.verifyAudit(against: nil).fault == nil)
        }
    }

    @Test func itsRightsAreSaidAsTheyAre() async throws {
        try await HubRole.withStore { owner, store, _ in
            let own = try await owner.auditRights()
            let hubs = try await store.auditRights()
            #expect(own.mayAppend && own.mayChange)
            #expect(hubs.mayAppend && !hubs.mayChange && hubs.role.hasPrefix("hub"))
            await #expect(throws: HubRoleError.self) { try await owner.grant(toHubRole: "nobody at all") }
            await #expect(throws: HubRoleError.self) { try await owner.grant(toHubRole: own.role) }
        }
    }

    /// A hub that starts as this role finds the schema current, or says which migration is missing.
    @Test func theHubsRoleFindsACurrentSchemaAndMakesNoOther() async throws {
        try await HubRole.withStore { _, _, pool in
            let all = SchemaMigrations.all
            let applied = try await Migrator(migrations: all).migrate(on: pool, logger: .silent)
            #expect(applied.isEmpty)
            let more = all + [Migration(name: "m9999_more", sql: "CREATE TABLE more (id int)")]
            let error = await #expect(throws: PostgresError.self) {
                try await Migrator(migrations: more).migrate(on: pool, logger: .silent)
            }
            guard case .migration(name: "m9999_more", .failed(let cause))? = error else {
                Issue.record("\(error.map(String.init(reflecting:)) ?? "no error")")
                return
            }
            #expect(cause.sqlState == .insufficientPrivilege)
        }
    }
}
