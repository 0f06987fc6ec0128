import ArgumentParser

/// `herald bench`: measures, beside what the machine can do at most.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a part of Herald against its physical limit; prints one JSON object a run.",
        discussion: """
            Figures of different machines cannot be compared; the ratio to the limit, measured in the same run, can. Use a \
            release build, and nothing else on the machine.
            """,
        subcommands: [
            BenchIntakeCommand.self, BenchMatchCommand.self, BenchQueryCommand.self, BenchDeliverCommand.self,
        ]
    )
}
