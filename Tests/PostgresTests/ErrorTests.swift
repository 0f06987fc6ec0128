import HeraldTestKit
import Logging
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct ErrorTests {
    @Test(arguments: [
        ("SELECT * FROM nowhere", "42P01"), ("SELEC 1", "42601"), ("SELECT 1/0", "22012"),
        ("SELECT NULL::int + 'x'::int", "22P02"),
        ("INSERT INTO thing VALUES (1), (1)", "23505"), ("INSERT INTO thing VALUES (NULL)", "23502"),
        ("INSERT INTO thing VALUES (-1)", "23514"),
        ("SELECT pg_sleep(0), pg_cancel_backend(pg_backend_pid()), pg_sleep(5)", "57014"),
    ])
    func keepsTheServersCode(sql: String, code: String) async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int PRIMARY KEY CHECK (id > 0))")
            let error = await postgresError { try await connection.query(sql) }
            #expect(error?.sqlState?.rawValue == code)
            #expect(error?.isRetriable == false)
            #expect(try await connection.query("SELECT 1").count == 1)
        }
    }

    @Test func saysNoValueInItsDescription() async throws {
        try await withConnection { connection in
            try await connection.execute(
                script: "CREATE TABLE thing (nhs text PRIMARY KEY); INSERT INTO thing VALUES ('9000000009')"
            )
            let duplicate = await postgresError {
                try await connection.query("INSERT INTO thing VALUES ('9000000009')")
            }
            let cast = await postgresError {
                try await connection.query("SELECT $1::text::date", [.text("9000000009")])
            }
            for error in [duplicate, cast] {
                #expect(!"\(try #require(error))".contains("9000000009"))
                #expect(String(reflecting: try #require(error)).contains("9000000009"))
            }
            #expect(duplicate?.isUniqueViolation == true)
            #expect(duplicate?.constraint == "thing_pkey")
        }
    }

    @Test func knowsWhatMayBeTriedAgain() {
        for code in ["40001", "40P01", "08006", "57P01", "57P02", "57P03"] {
            #expect(
                PostgresError.server(SQLState(rawValue: code), message: "", constraint: nil, detail: nil).isRetriable
            )
        }
        for code in ["23505", "42601", "57014", "22P02"] {
            #expect(
                !PostgresError.server(SQLState(rawValue: code), message: "", constraint: nil, detail: nil).isRetriable
            )
        }
        #expect(PostgresError.connection("lost").isRetriable)
        #expect(!PostgresError.cancelled.isRetriable)
        #expect(PostgresError.transaction(body: PostgresError.connection("lost"), rollback: .closed).isRetriable)
    }

    @Test func aDeadlockIsRetriable() async throws {
        try await withPool(maximum: 2) { pool in
            try await pool.query("CREATE TABLE thing AS SELECT i AS id FROM generate_series(1, 2) i")
            let firstLock = Meeting(of: 2)
            let lock = "SELECT FROM thing WHERE id = $1 FOR UPDATE"
            let failures = await withTaskGroup { group in
                for (first, second) in [(1, 2), (2, 1)] as [(Int32, Int32)] {
                    group.addTask {
                        do {
                            try await pool.withTransaction { connection in
                                try await connection.query(lock, [.int4(first)])
                                await firstLock.arrive()
                                try await connection.query(lock, [.int4(second)])
                            }
                            return nil as PostgresError?
                        } catch {
                            return error as? PostgresError
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }.compactMap(\.self)
            }
            #expect(failures.map(\.sqlState) == [.deadlockDetected])
            #expect(failures.first?.isRetriable == true)
        }
    }

    @Test func aServerThatIsNotThereIsAConnectionError() async throws {
        let configuration = try PostgresConfiguration(url: "postgres:///x?host=/nonexistent&user=nobody")
        let error = await postgresError { _ = try await PostgresConnection.connect(configuration, logger: .silent) }
        guard case .connection(let text) = error else { throw Refusal() }
        #expect(text.contains("/nonexistent"))
        #expect(error?.isRetriable == true)
    }

    @Test func theStatementTimeoutHolds() async throws {
        var configuration = try ScratchDatabase.configuration
        configuration.statementTimeout = .milliseconds(50)
        let connection = try await PostgresConnection.connect(configuration, logger: .silent)
        let error = await postgresError { try await connection.query("SELECT pg_sleep(30)") }
        #expect(error?.sqlState == .queryCanceled)
        #expect(try await connection.query("SHOW TimeZone").first?.decode(0) == "UTC")
        await connection.close()
        guard case .closed = await postgresError({ try await connection.query("SELECT 1") }) else { throw Refusal() }
    }

    @Test func noticesGoToTheLogAtDebug() async throws {
        let lines = RecordingLog.Lines()
        let logger = Logger(label: "test") { _ in RecordingLog(lines: lines) }
        try await withConnection(logger: logger) { connection in
            try await connection.execute(
                script: "DROP TABLE IF EXISTS nowhere; DO $$ BEGIN RAISE WARNING 'mind'; END $$"
            )
        }
        #expect(lines.all.map(\.level) == [.debug, .debug])
        #expect(lines.all.map { $0.metadata[LogKey.severity] } == ["NOTICE", "WARNING"])
        #expect(lines.all.last?.metadata[LogKey.notice] == "mind")
    }
}
