import HeraldTestKit
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct CancellationTests {
    private func isRunning(_ marker: String, _ connection: PostgresConnection) async throws -> Bool {
        let sql = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()"
        return try await !connection.query(sql, [.text("%\(marker)%")]).isEmpty
    }

    @Test(arguments: [
        "SELECT pg_sleep(600) AS cancelled_one", "SELECT count(*) AS cancelled_two FROM generate_series(1, 1e12)",
        // The first request is swallowed, as one is that comes before its statement.
        """
        DO $$ BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(600); END $$ -- cancelled_four
        """,
    ])
    func theServerGivesTheStatementUpAndTheConnectionIsDropped(sql: String) async throws {
        try await withConnection { observer in
            try await withPool(maximum: 1) { pool in
                let first: Int32? = try await pool.query("SELECT pg_backend_pid()").first?.decode(0)
                let task = Task { try await pool.query(sql) }
                try await eventually { try await isRunning("cancelled_", observer) }
                task.cancel()
                guard case .cancelled = await postgresError({ try await task.value }) else { throw Refusal() }
                try await eventually { try await !isRunning("cancelled_", observer) }
                let second: Int32? = try await pool.query("SELECT pg_backend_pid()").first?.decode(0)
                #expect(first != second)
            }
        }
    }

    @Test func cancellingAtAnyMomentNeitherHangsNorHitsAnother() async throws {
        try await withPool(maximum: 2) { pool in
            for round in 0..<60 {
                let task = Task { try await pool.query("SELECT pg_sleep(600)") }
                try await Task.sleep(for: .microseconds(round * 100))
                task.cancel()
                guard case .cancelled = await postgresError({ try await task.value }) else { throw Refusal() }
                #expect(try await pool.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        try await withConnection { connection in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await connection.query("SELECT pg_sleep(600)")
            }
            guard case .cancelled = await postgresError({ try await task.value }) else { throw Refusal() }
            #expect(connection.isReusable)
            #expect(try await connection.query("SELECT 1").count == 1)
        }
    }

    @Test func afterCancellationInATransactionTheServerRollsBack() async throws {
        try await withConnection { observer in
            try await observer.execute(script: "CREATE TABLE thing (id int)")
            try await withPool(maximum: 1) { pool in
                let task = Task {
                    try await pool.withTransaction { connection in
                        try await connection.query("INSERT INTO thing VALUES (1)")
                        try await connection.query("SELECT pg_sleep(600) AS cancelled_three")
                    }
                }
                try await eventually { try await isRunning("cancelled_three", observer) }
                task.cancel()
                guard case .cancelled = await postgresError({ try await task.value }) else { throw Refusal() }
                #expect(try await pool.query("SELECT 1 FROM thing").isEmpty)
            }
        }
    }
}
