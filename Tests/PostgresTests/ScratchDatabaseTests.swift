import HeraldTestKit
import Postgres
import Testing

@Suite(
    .scratchDatabase(migrations: [Migration(name: "m0001_thing", sql: "CREATE TABLE thing (id int PRIMARY KEY)")]),
    .timeLimit(.minutes(1))
)
struct ScratchDatabaseTests {
    @Test(arguments: 0..<10)
    func eachTestCaseHasAnEmptyDatabaseOfItsOwn(number: Int) async throws {
        try await withConnection { connection in
            #expect(try await connection.query("INSERT INTO thing VALUES (1) ON CONFLICT DO NOTHING").affectedRows == 1)
            let database: String? = try await connection.query("SELECT current_database()").first?.decode(0)
            #expect(database == (try ScratchDatabase.configuration.database))
        }
    }

    @Test func theMigrationsAreRecorded() async throws {
        try await withConnection { connection async throws in
            #expect(try await connection.query("SELECT name FROM schema_migration").first?.decode(0) == "m0001_thing")
        }
    }
}
