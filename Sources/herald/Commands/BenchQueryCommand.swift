import ArgumentParser
import Logging
import Postgres

/// `herald bench query`: how many histories a second the hub answers.
struct BenchQueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Measure a patient's history over HTTP against its statement and an empty route.",
        discussion: """
            Fills a database of its own with patients of 5 vaccinations each, runs a hub on it in this process and asks it for \
            histories of patients at random, over so many connections with one request at a time each. In the same run: the \
            same statement through pgbench -M prepared with as many connections, and the hub's /_ping. The load comes from \
            the same machine and takes its share of it. Takes 4 GB of disk a million records. Starts a private PostgreSQL \
            in the temporary folder (TMPDIR), or takes the one of HERALD_DATABASE_URL, whose user must be allowed to make \
            databases.
            """
    )

    @Option(help: "Records stored, 5 a patient.") var records = 1_000_000
    @Option(help: "Connections at once.") var connections = 64
    @Option(help: "Seconds to measure each load.") var seconds = 15
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1000...100_000_000).contains(records) else {
            throw ValidationError("--records must be 1000 to 100000000")
        }
        guard (1...256).contains(connections) else { throw ValidationError("--connections must be 1 to 256") }
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 3600") }
    }

    func run() async throws {
        let reader = try database.reader()
        let configuration = try reader.text(.databaseUrl).map { _ in try PostgresConfiguration(reader: reader) }
        let logger = LogSetup.logger(level: .warning, format: .text)
        let bench = QueryBench(records: records, connections: connections, seconds: seconds, logger: logger)
        let report = try await BenchServer.lend(configuration, logger: logger) { try await bench.run($0) }
        try Console.json(report)
    }
}
