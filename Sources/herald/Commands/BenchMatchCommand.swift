import ArgumentParser
import Logging
import Postgres

/// `herald bench match`: what it costs to find the subscriptions of an event.
struct BenchMatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match",
        abstract: "Match events against many subscriptions, and against few.",
        discussion: """
            Makes subscriptions that name a patient and subscriptions by rule, and matches events against them, 500 at a time, \
            as a router does. Each event meets one subscription of either kind. The same events are matched against 100 \
            subscriptions, two of which they meet (few), and events about 48 patients against subscriptions that name them \
            (fewPatients: slices of far fewer patients, so with less to look up); slice by slice in turn, so that whatever \
            else runs on the machine hits all. A figure is the median of the slices. \
            The limit is a bare look-up in a hash table of as many patients. Starts a private PostgreSQL in the temporary \
            folder (TMPDIR), or takes the one of HERALD_DATABASE_URL, whose user must be allowed to make databases.
            """
    )

    @Option(help: "Subscriptions that name a patient.") var patients = 1_000_000
    @Option(help: "Subscriptions by rule.") var rules = 10_000
    @Option(help: "Events to match.") var events = 200_000
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (50...20_000_000).contains(patients) else { throw ValidationError("--patients must be 50 to 20000000") }
        guard (50...1_000_000).contains(rules) else { throw ValidationError("--rules must be 50 to 1000000") }
        guard (1000...100_000_000).contains(events) else { throw ValidationError("--events must be 1000 to 100000000") }
    }

    func run() async throws {
        let reader = try database.reader()
        let configuration = try reader.text(.databaseUrl).map { _ in try PostgresConfiguration(reader: reader) }
        let logger = LogSetup.logger(level: .warning, format: .text)
        let report = try await BenchServer.lend(configuration, logger: logger) { server in
            try await server.withStore(connections: 2) { many in
                try await server.withStore(connections: 2) { few in
                    try await MatchBench(many: many, few: few, events: events).run(patients: patients, rules: rules)
                }
            }
        }
        try Console.json(report)
    }
}
