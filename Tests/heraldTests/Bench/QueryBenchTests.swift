import HeraldTestKit
import Postgres
import Testing

@testable import herald

@Suite(.herald, .timeLimit(.minutes(2))) struct QueryBenchTests {
    /// pgbench tells the time by a signal, which threads of the pool block and hand on to children that inherit from them.
    @Test func theStatementsAreAskedForAsLongAsWasSaid() async throws {
        try await ScratchDatabase.withStore(named: "bench") { _, pool in
            let load = SQLLoad(configuration: pool.configuration, connections: 2, seconds: 1, prefixes: 999_999_999)
            let figures = try await load.run()
            #expect(figures.transactionsPerSecond > 0)
            #expect(figures.averageMicroseconds > 0)
        }
    }
}
