import HeraldTestKit
import Testing

@testable import Postgres

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct PipelineTests {
    @Test func anErrorInTheMiddleLeavesTheOthersAlone() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int PRIMARY KEY)")
            let insert = "INSERT INTO thing VALUES ($1) RETURNING id"
            let results = try await connection.pipeline([
                (insert, [.int4(1)]), (insert, [.int4(2)]), (insert, [.int4(1)]), ("SELEC", []),
                ("SELECT $1", [.text("\0")]),
                ("SELECT 1/0", []), (insert, [.int4(3)]),
            ])
            #expect(results.count == 7)
            #expect(try results[0].get().first?.decode("id") == 1)
            #expect(try results[1].get().affectedRows == 1)
            #expect(failure(results[2])?.isUniqueViolation == true)
            #expect(failure(results[3])?.sqlState?.rawValue == "42601")
            guard case .encoding = failure(results[4]) else { throw Refusal() }
            #expect(failure(results[5])?.sqlState?.rawValue == "22012")
            #expect(try results[6].get().first?.decode("id") == 3)
            let ids = try await connection.query("SELECT id FROM thing ORDER BY id").map {
                try $0.decode(0, as: Int.self)
            }
            #expect(ids == [1, 2, 3])
            // The statements that failed work again by themselves.
            #expect(try await connection.query(insert, [.int4(4)]).count == 1)
            #expect(connection.isReusable)
        }
    }

    @Test func manyStatementsComeBackInOrder() async throws {
        try await withConnection { connection in
            for _ in 0..<2 {
                let results = try await connection.pipeline((0..<1_000).map { ("SELECT $1 AS n", [.int4($0)]) })
                #expect(
                    try results.map { try #require(try $0.get().first).decode("n", as: Int.self) } == Array(0..<1_000)
                )
            }
        }
    }

    @Test func moreTextsThanTheCacheHoldsAreFine() async throws {
        try await withConnection { connection in
            let results = try await connection.pipeline((0..<600).map { ("SELECT \($0) AS n", []) })
            #expect(try results.map { try #require(try $0.get().first).decode("n", as: Int.self) } == Array(0..<600))
            let kept: Int? = try await connection.query("SELECT count(*) FROM pg_prepared_statements").first?.decode(0)
            #expect(try #require(kept) <= 256)
        }
    }

    @Test func largeParametersAndResultsDoNotJam() async throws {
        try await withConnection { connection in
            let block = [UInt8](repeating: 65, count: 1_000_000)
            let results = try await connection.pipeline((0..<30).map { _ in ("SELECT $1 AS block", [.bytes(block)]) })
            #expect(try results.allSatisfy { try $0.get().first?.decode("block") == block })
        }
    }

    @Test func aStalePlanRunsAgainAfterTheOthers() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int)")
            try await connection.query("SELECT * FROM thing")
            try await connection.execute(script: "ALTER TABLE thing ADD COLUMN more int")
            let results = try await connection.pipeline([("SELECT * FROM thing", []), ("SELECT 1", [])])
            #expect(try results[0].get().columns == ["id", "more"])
            #expect(try results[1].get().count == 1)
        }
    }

    @Test func insideATransactionAnErrorFailsWhatFollows() async throws {
        try await withConnection { connection in
            let results = try await connection.withTransaction { connection in
                let results = try await connection.pipeline([("SELECT 1", []), ("SELECT 1/0", []), ("SELECT 2", [])])
                try await connection.execute(script: "ROLLBACK; BEGIN")
                return results
            }
            #expect(try results[0].get().count == 1)
            #expect(failure(results[2])?.sqlState == .inFailedTransaction)
        }
    }

    @Test func aConnectionLostInTheMiddleThrows() async throws {
        try await withConnection { connection in
            let error = await postgresError {
                _ = try await connection.pipeline([
                    ("SELECT 1", []), ("SELECT pg_terminate_backend(pg_backend_pid())", []), ("SELECT 2", []),
                ])
            }
            guard case .connection = error else { throw Refusal() }
            #expect(!connection.isReusable)
        }
    }

    private func failure(_ result: Result<PostgresResult, PostgresError>) -> PostgresError? {
        guard case .failure(let error) = result else { return nil }
        return error
    }
}
