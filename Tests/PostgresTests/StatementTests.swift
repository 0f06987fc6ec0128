import HeraldTestKit
import Testing

@testable import Postgres

struct StatementCacheTests {
    private func key(_ sql: String) -> StatementCache.Key { StatementCache.Key(sql: sql, types: [25]) }

    @Test func theOneUnusedForLongestGoesFirst() {
        var cache = StatementCache(capacity: 2)
        for sql in ["a", "b"] {
            #expect(cache.name(for: key(sql)) == nil)
            #expect(cache.insert(sql, for: key(sql)) == nil)
        }
        #expect(cache.name(for: key("a")) == "a")
        #expect(cache.name(for: key("c")) == nil)
        #expect(cache.insert("c", for: key("c")) == "b")
        #expect(cache.name(for: key("a")) == "a")
        #expect(cache.count == 2)
    }

    @Test func textAndTypesTogetherAreTheKey() {
        var cache = StatementCache(capacity: 2)
        _ = cache.insert("text", for: key("a"))
        #expect(cache.name(for: StatementCache.Key(sql: "a", types: [20])) == nil)
    }

    @Test func aForgottenNameIsNotGivenOutAgain() {
        var cache = StatementCache(capacity: 2)
        _ = cache.name(for: key("a"))
        let first = cache.unusedName()
        _ = cache.insert(first, for: key("a"))
        #expect(cache.remove(key("a")) == first)
        _ = cache.name(for: key("a"))
        #expect(cache.unusedName() != first)
    }
}

@Suite(.scratchDatabase, .timeLimit(.minutes(1)))
struct PreparedStatementTests {
    private let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE $1"

    private func count(_ pattern: String, _ connection: PostgresConnection) async throws -> Int {
        try #require(try await connection.query(prepared, [.text(pattern)]).first).decode(0)
    }

    @Test func aStatementIsPreparedOnce() async throws {
        try await withConnection { connection in
            for number in 1...5 {
                try await connection.query("SELECT $1 AS once", [.int4(Int32(number))])
            }
            try await connection.query("SELECT $1 AS once", [.int4(optional: nil)])
            #expect(try await count("% AS once", connection) == 1)
            try await connection.query("SELECT $1 AS once", [.text("another type")])
            #expect(try await count("% AS once", connection) == 2)
        }
    }

    @Test func theServerKeepsNoMoreThanTheCache() async throws {
        try await withConnection { connection in
            for number in 0..<300 {
                try await connection.query("SELECT \(number) AS many")
            }
            #expect(try await count("%", connection) <= 256)
            #expect(try await count("SELECT 299 AS many", connection) == 1)
            #expect(try await count("SELECT 0 AS many", connection) == 0)
        }
    }

    @Test(arguments: ["ALTER TABLE thing ADD COLUMN more int DEFAULT 7", "DISCARD ALL", "DEALLOCATE ALL"])
    func aStalePlanIsMadeAnew(script: String) async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)")
            let before = try await connection.query("SELECT * FROM thing")
            try await connection.execute(script: script)
            let after = try await connection.query("SELECT * FROM thing")
            #expect(after.count == 1)
            #expect(after.columns.starts(with: before.columns))
        }
    }

    @Test func aStalePlanInATransactionFailsOnceAndNotAgain() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int)")
            try await connection.query("SELECT * FROM thing")
            try await connection.execute(script: "ALTER TABLE thing ADD COLUMN more int")
            let error = await postgresError {
                try await connection.withTransaction { try await $0.query("SELECT * FROM thing") }
            }
            #expect(error?.sqlState == .featureNotSupported)
            let columns = try await connection.withTransaction { try await $0.query("SELECT * FROM thing").columns }
            #expect(columns == ["id", "more"])
        }
    }

    @Test func countsAffectedRows() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int)")
            #expect(try await connection.query("INSERT INTO thing SELECT generate_series(1, 5)").affectedRows == 5)
            #expect(try await connection.query("UPDATE thing SET id = 0 WHERE id > 3").affectedRows == 2)
            #expect(try await connection.query("DELETE FROM thing").affectedRows == 5)
            #expect(try await connection.query("CREATE TABLE other (id int)").affectedRows == 0)
        }
    }

    @Test func copyThroughQueryIsRefusedAndClosesTheConnection() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE thing (id int)")
            let error = await postgresError { try await connection.execute(script: "COPY thing FROM STDIN") }
            guard case .misuse = error else { throw Refusal() }
            #expect(!connection.isReusable)
        }
    }
}
