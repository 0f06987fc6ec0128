import Foundation
package import Postgres
package import Testing

/// Gives each test case a database of its own, cloned from a migrated template and dropped afterwards.
///
/// The server is private to the test process, or the one `HERALD_TEST_DATABASE_URL` (of a superuser) names. Where there is
/// no PostgreSQL the test is cancelled, or fails if `HERALD_REQUIRE_SERVICES` is `1`.
package struct ScratchDatabase: TestTrait, SuiteTrait, TestScoping {
    /// The running test case's database; empty outside of one.
    @TaskLocal package static var url = ""

    private let migrations: [Migration]

    /// The scope is entered once a test case, not once a suite.
    package var isRecursive: Bool { true }

    /// A database with these migrations applied.
    package init(migrations: [Migration]) {
        self.migrations = migrations
    }

    /// The running test case's database with a pool size for tests.
    package static var configuration: PostgresConfiguration {
        get throws {
            guard !url.isEmpty else { throw PostgresError.misuse("the test has no .scratchDatabase trait") }
            return try PostgresConfiguration(url: url)
        }
    }

    /// Makes the database, runs the test and drops the database, also when the test fails.
    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let server: ScratchServer
        do {
            server = try await ScratchServer.shared()
        } catch  where ProcessInfo.processInfo.environment["HERALD_REQUIRE_SERVICES"] != "1" {
            try Test.cancel("needs PostgreSQL: \(error)")
        }
        let (name, url) = try await server.makeDatabase(migrations: migrations)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await Self.$url.withValue(url, operation: body))
        } catch {
            outcome = .failure(error)
        }
        try await server.dropDatabase(name)
        try outcome.get()
    }
}

extension Trait where Self == ScratchDatabase {
    /// An empty database for each test case.
    package static var scratchDatabase: Self { ScratchDatabase(migrations: []) }

    /// A database with these migrations applied for each test case.
    package static func scratchDatabase(migrations: [Migration]) -> Self { ScratchDatabase(migrations: migrations) }
}
