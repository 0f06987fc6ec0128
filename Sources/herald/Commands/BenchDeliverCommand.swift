import ArgumentParser
import Foundation
import Logging
import Postgres
import Store

/// `herald bench deliver`: how many notifications a second leave the hub, and how soon after a commit.
struct BenchDeliverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: "Measure REST-hook deliveries against a bare client that posts the same bytes.",
        discussion: """
            Each combination of --subscriptions and --max-count is a run on a database of its own: a backlog of full-resource \
            notifications is drained to an endpoint in this process, the same bytes are posted again by a bare client over \
            as many connections, and then single events come in, to see how long each takes from its commit to its \
            acceptance. --away instead gives every subscription an origin of its own and looks at those times without and \
            with one more endpoint that never answers. The limits that spare endpoints (HERALD_DELIVERY_…) are off. Starts \
            a private PostgreSQL in the temporary folder (TMPDIR), or takes the one of HERALD_DATABASE_URL, whose user must \
            be allowed to make databases.
            """
    )

    @Option(parsing: .upToNextOption, help: "Subscriptions of a run (1 10 1000).")
    var subscriptions: [Int] = [1, 10, 1000]
    @Option(parsing: .upToNextOption, help: "Events in one notification at most (1 100).")
    var maxCount: [Int] = [1, 100]
    @Option(help: "Events of a backlog, over all subscriptions.") var events = 20_000
    @Option(help: "Seconds that events come in.") var seconds = 10
    @Flag(help: "One endpoint that never answers beside the others.") var away = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard !subscriptions.isEmpty, subscriptions.allSatisfy((1...10_000).contains) else {
            throw ValidationError("--subscriptions must be 1 to 10000")
        }
        guard !maxCount.isEmpty, maxCount.allSatisfy((1...100).contains) else {
            throw ValidationError("--max-count must be 1 to 100")
        }
        guard (1...10_000_000).contains(events) else { throw ValidationError("--events must be 1 to 10000000") }
        guard (1...60).contains(seconds) else { throw ValidationError("--seconds must be 1 to 60") }
    }

    func run() async throws {
        let reader = try database.reader()
        let configuration = try reader.text(.databaseUrl).map { _ in try PostgresConfiguration(reader: reader) }
        let logger = LogSetup.logger(level: .warning, format: .text)
        let combinations = subscriptions.flatMap { count in maxCount.map { (count, $0) } }
        try await BenchServer.lend(configuration, logger: logger) { server in
            for (count, batch) in combinations {
                let bench = DeliverBench(
                    subscriptions: count,
                    maxCount: batch,
                    events: events,
                    seconds: seconds,
                    ownAddresses: away,
                    logger: logger
                )
                try await server.withStore(connections: 32) { store in
                    let figures = try await bench.run(store)
                    try Console.json(
                        Report(postgresql: try await store.serverVersion(), server: server.kind, run: figures)
                    )
                }
            }
        }
    }

    /// What a run prints.
    private struct Report: Encodable {
        let benchmark = "deliver"
        let herald = Herald.version
        let build = Build.kind
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let postgresql: String
        let server: String
        let run: DeliverBench.Figures
    }
}
