import HeraldTestKit
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct MigratorTests {
    private static let first = Migration(
        name: "m0001_thing",
        sql: "CREATE TABLE thing (id int); INSERT INTO thing VALUES (1);"
    )
    private static let second = Migration(name: "m0002_more", sql: "ALTER TABLE thing ADD COLUMN more text")

    private func migrate(_ migrations: [Migration], _ connection: PostgresConnection) async throws -> [String] {
        try await Migrator(migrations: migrations).migrate(on: connection, logger: .silent)
    }

    private func problem(_ migrations: [Migration], _ connection: PostgresConnection) async throws -> String? {
        let error = await postgresError { try await migrate(migrations, connection) }
        guard case .migration(let name, let problem) = error else { return nil }
        let label =
            switch problem {
            case .duplicate: "duplicate"
            case .edited: "edited"
            case .unknown: "unknown"
            case .outOfOrder: "out of order"
            case .endsTransaction: "ends transaction"
            case .failed(let error): "failed \(error.sqlState?.rawValue ?? "")"
            }
        return "\(name) \(label)"
    }

    @Test func appliesWhatIsMissingInOrder() async throws {
        try await withConnection { connection async throws in
            #expect(try await migrate([Self.first], connection) == ["m0001_thing"])
            #expect(try await migrate([Self.first, Self.second], connection) == ["m0002_more"])
            #expect(try await migrate([Self.first, Self.second], connection) == [])
            #expect(try await connection.query("SELECT * FROM thing").columns == ["id", "more"])
        }
    }

    @Test func eachIsAppliedOnceHoweverManyStartTogether() async throws {
        try await withPool(maximum: 8) { pool in
            let applied = try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await Migrator(migrations: [Self.first, Self.second]).migrate(on: pool, logger: .silent)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == ["m0001_thing", "m0002_more"])
            #expect(try await pool.query("SELECT * FROM thing").count == 1)
        }
    }

    @Test func refusesADatabaseThatDoesNotFit() async throws {
        try await withConnection { connection in
            _ = try await migrate([Self.first, Self.second], connection)
            let edited = Migration(name: Self.first.name, sql: Self.first.sql + " ")
            let earlier = Migration(name: "m0000_late", sql: "SELECT 1")
            #expect(try await problem([edited, Self.second], connection) == "m0001_thing edited")
            #expect(try await problem([Self.first], connection) == "m0002_more unknown")
            #expect(try await problem([earlier, Self.first, Self.second], connection) == "m0000_late out of order")
            #expect(try await problem([Self.first, Self.first], connection) == "m0001_thing duplicate")
            #expect(try await connection.query("SELECT 1 FROM schema_migration").count == 2)
        }
    }

    @Test func aFailingOneLeavesNothingOfItselfAndTheLockIsFree() async throws {
        try await withConnection { connection async throws in
            let failing = Migration(name: "m0002_broken", sql: "CREATE TABLE half (id int); SELECT 1/0")
            #expect(try await problem([Self.first, failing], connection) == "m0002_broken failed 22012")
            #expect(try await connection.query("SELECT to_regclass('half') IS NULL").first?.decode(0) == true)
            #expect(
                try await connection.query(
                    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
                ).isEmpty
            )
            #expect(try await migrate([Self.first, Self.second], connection) == ["m0002_more"])
        }
    }

    @Test func oneThatEndsItsTransactionIsRefused() async throws {
        try await withConnection { connection async throws in
            let ending = Migration(name: "m0001_commits", sql: "CREATE TABLE half (id int); COMMIT")
            #expect(try await problem([ending], connection) == "m0001_commits ends transaction")
        }
    }

    @Test func isNotHeldToTheStatementTimeout() async throws {
        var configuration = try ScratchDatabase.configuration
        configuration.statementTimeout = .milliseconds(100)
        let connection = try await PostgresConnection.connect(configuration, logger: .silent)
        _ = try await migrate([Migration(name: "m0001_slow", sql: "SELECT pg_sleep(0.3)")], connection)
        #expect(try await connection.query("SHOW statement_timeout").first?.decode(0) == "100ms")
        await connection.close()
    }
}
