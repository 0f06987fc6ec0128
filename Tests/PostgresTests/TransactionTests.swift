import HeraldTestKit
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct TransactionTests {
    private func withTable(_ body: (PostgresConnection) async throws -> Void) async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            try await body(connection)
        }
    }

    private func count(_ connection: PostgresConnection) async throws -> Int {
        try #require(try await connection.query("SELECT count(*) FROM thing").first).decode(0)
    }

    @Test func commitsWhatReturns() async throws {
        try await withTable { connection in
            let value = try await connection.withTransaction { connection in
                try await connection.query("INSERT INTO thing VALUES (1)")
                #expect(await connection.isInTransaction)
                return "done"
            }
            #expect(value == "done")
            #expect(await !connection.isInTransaction)
            #expect(try await count(connection) == 1)
        }
    }

    /// A process that is suspended inside a transaction keeps its connection, and would keep its locks for ever.
    @Test func endsASessionThatStandsStillInATransaction() async throws {
        var configuration = try ScratchDatabase.configuration
        configuration.idleTransactionTimeout = .milliseconds(100)
        let connection = try await PostgresConnection.connect(configuration, logger: .silent)
        await #expect(throws: PostgresError.self) {
            try await connection.withTransaction { connection in
                try await connection.query("SELECT 1")
                try await Task.sleep(for: .seconds(2))
                try await connection.query("SELECT 1")
            }
        }
        await connection.close()
    }

    @Test func rollsBackWhatThrowsAndPassesTheErrorOn() async throws {
        try await withTable { connection async throws in
            await #expect(throws: Refusal()) {
                try await connection.withTransaction { connection in
                    try await connection.query("INSERT INTO thing VALUES (1)")
                    throw Refusal()
                }
            }
            #expect(try await count(connection) == 0)
            #expect(connection.isReusable)
        }
    }

    @Test func keepsBothErrorsWhenTheRollbackFailsToo() async throws {
        try await withTable { connection in
            let error = await postgresError {
                try await connection.withTransaction { connection in
                    let process: Int32 = try #require(try await connection.query("SELECT pg_backend_pid()").first)
                        .decode(0)
                    try await withConnection { other in
                        try await other.query("SELECT pg_terminate_backend($1, 5000)", [.int4(process)])
                    }
                    throw Refusal()
                }
            }
            guard case .transaction(let body, let rollback) = error else { throw Refusal() }
            #expect(body is Refusal)
            #expect(rollback.isRetriable)
            #expect(!connection.isReusable)
        }
    }

    @Test func aLostConnectionIsThrownOnceAndNotWrapped() async throws {
        try await withTable { connection in
            let error = await postgresError {
                try await connection.withTransaction { connection in
                    try await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(error?.sqlState == .adminShutdown)
            #expect(error?.isRetriable == true)
        }
    }

    @Test func aSwallowedFailureIsNotCommittedInSilence() async throws {
        try await withTable { connection async throws in
            let error = await postgresError {
                try await connection.withTransaction { connection in
                    try await connection.query("INSERT INTO thing VALUES (1)")
                    _ = try? await connection.query("SELECT 1/0")
                }
            }
            #expect(error?.sqlState == .inFailedTransaction)
            #expect(try await count(connection) == 0)
        }
    }

    @Test func aConstraintCheckedAtCommitIsThrown() async throws {
        try await withTable { connection async throws in
            let error = await postgresError {
                try await connection.withTransaction { try await $0.query("INSERT INTO thing VALUES (1), (1)") }
            }
            #expect(error?.isUniqueViolation == true)
            #expect(try await count(connection) == 0)
        }
    }

    @Test func doesNotNest() async throws {
        try await withTable { connection in
            let error = await postgresError {
                try await connection.withTransaction { connection in
                    try await connection.query("INSERT INTO thing VALUES (1)")
                    try await connection.withTransaction { _ in }
                }
            }
            guard case .misuse = error else { throw Refusal() }
            #expect(try await count(connection) == 0)
        }
    }

    @Test func setsIsolationAndAccess() async throws {
        try await withTable { connection in
            let level: String? = try await connection.withTransaction(isolation: .serializable, readOnly: true) {
                connection in
                try await connection.query(
                    "SELECT current_setting('transaction_isolation') || current_setting('transaction_read_only')"
                )
                .first?.decode(0)
            }
            #expect(level == "serializableon")
        }
    }

    @Test func aCancelledTaskStillRollsBack() async throws {
        try await withTable { connection async throws in
            let started = Meeting(of: 2)
            let task = Task {
                try await connection.withTransaction { connection in
                    try await connection.query("INSERT INTO thing VALUES (1)")
                    await started.arrive()
                    try await Task.sleep(for: .seconds(60))
                }
            }
            await started.arrive()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(connection.isReusable)
            #expect(try await count(connection) == 0)
        }
    }
}
