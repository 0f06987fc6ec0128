import ArgumentParser
import Foundation
import Logging
import Postgres
import Store

/// `herald bench intake`: how fast feeds are kept, checked and applied.
struct BenchIntakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intake",
        abstract: "Measure the intake of a feed against binary COPY of the same bytes.",
        discussion: """
            Starts a private PostgreSQL with all durability in the temporary folder (TMPDIR), or takes the one of \
            HERALD_DATABASE_URL, whose user must be allowed to make databases. Uploads a sample feed, applies it with the \
            hub's own feed worker, and then copies the same bytes straight into the same indexed tables. Takes 5 GB of \
            disk a million rows. Short runs flatter: 2,000,000 rows or 30 seconds tell more.
            """
    )

    @Option(help: "Rows of the feed.") var rows = 2_000_000
    @Option(help: "How many rows in a hundred are wrong.") var invalid = 0
    @Option(help: "Writers side by side; more than there are cores gain nothing.") var writers = 2
    @Option(help: "Rows in one transaction.") var batch = 2500
    @Option(help: "How often to measure; each run prints its own object.") var runs = 1
    @Flag(inversion: .prefixedNo, help: "Measure the limit too.") var limit = true
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...5_000_000).contains(rows) else { throw ValidationError("--rows must be 1 to 5000000") }
        guard (0...100).contains(invalid) else { throw ValidationError("--invalid must be 0 to 100") }
        guard (1...64).contains(writers) else { throw ValidationError("--writers must be 1 to 64") }
        guard (1...100_000).contains(batch) else { throw ValidationError("--batch must be 1 to 100000") }
        guard (1...1000).contains(runs) else { throw ValidationError("--runs must be 1 to 1000") }
    }

    func run() async throws {
        let reader = try database.reader()
        let configuration = try reader.text(.databaseUrl).map { _ in try PostgresConfiguration(reader: reader) }
        let logger = LogSetup.logger(level: .warning, format: .text)
        let bench = IntakeBench(
            rows: rows,
            invalidPercent: invalid,
            writers: writers,
            batchSize: batch,
            logger: logger
        )
        try await BenchServer.lend(configuration, logger: logger) { server in
            for _ in 0..<runs { try await measure(bench, server) }
        }
    }

    private func measure(_ bench: IntakeBench, _ server: BenchServer) async throws {
        let connections = writers + 3
        let (measurement, version) = try await server.withStore(connections: connections) { store in
            (try await bench.measure(store), try await store.serverVersion())
        }
        let invalidRows = Int64(bench.stream.invalidRows)
        guard measurement.rejected == invalidRows, measurement.accepted == Int64(rows) - invalidRows else {
            throw CommandFailure(
                "the intake accepted \(measurement.accepted) and rejected \(measurement.rejected) rows where "
                    + "\(Int64(rows) - invalidRows) and \(invalidRows) are right; this is an error of Herald"
            )
        }
        var most: IntakeLimit.Measurement?
        if limit {
            most = try await server.withStore(connections: connections) { store in
                try await IntakeLimit(bench: bench).measure(store)
            }
        }
        try Console.json(
            IntakeReport(bench: bench, server: server.kind, postgresql: version, run: measurement, limit: most)
        )
    }
}
