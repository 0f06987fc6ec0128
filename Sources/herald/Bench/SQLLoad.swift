import Foundation
import Postgres
import Store
import Vaccination

/// The search's own statements through `pgbench -M prepared`: what PostgreSQL alone can do.
struct SQLLoad: Sendable {
    let configuration: PostgresConfiguration
    let connections: Int
    let seconds: Int
    /// The first nine digits of the patients' numbers lie below this.
    let prefixes: Int64

    /// The figures of one load.
    struct Figures: Encodable {
        let transactionsPerSecond: Int
        let averageMicroseconds: Int
    }

    /// What a search by patient asks, in the hub's own words: under which numbers the person is kept, and the records.
    private static var statements: String {
        let selection = HistorySelection(numbers: [], types: [])
        // The first page of a search without _count asks for one more than it shows.
        let records = PostgresStore.recordsStatement(selection, after: nil, limit: 101).text
            .replacing("$1", with: "ARRAY[\(types)]").replacing("$2", with: "101")
            .replacing("$3", with: "ARRAY[:nhs::bigint]")
        return PostgresStore.personStatement.replacing("$1", with: ":nhs") + ";\n" + records + ";"
    }

    private static let types = VaccineTypes.builtIn.all.map { "'\($0.code)'" }.joined(separator: ",")

    /// One of the invented numbers: nine digits at random, and their check digit; where they have none, the next nine.
    private var script: String {
        let terms = (2...10).map { weight in "(:p / \(Self.power(weight - 2)) % 10) * \(weight)" }
        let check = "\\set c (11 - (\(terms.joined(separator: " + "))) % 11) % 11"
        return """
            \\set p random(900000000, \(prefixes - 2))
            \(check)
            \\if :c = 10
            \\set p :p + 1
            \(check)
            \\endif
            \\set nhs :p * 10 + :c
            \(Self.statements)

            """
    }

    private static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * 10 } }

    /// Runs the load.
    ///
    /// - Throws: ``CommandFailure`` with pgbench's words where it fails.
    func run() async throws -> Figures {
        let file = FileManager.default.temporaryDirectory.appending(path: "herald-bench-\(UUID().uuidString).sql")
        try Data(script.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let log = file.path + ".log"
        defer { try? FileManager.default.removeItem(atPath: log) }
        let command = [
            try ServerTool.path("pgbench"), "--no-vacuum", "--protocol=prepared", "--client=\(connections)", "--jobs=2",
            "--time=\(seconds)", "--file=\(file.path)",
        ]
        // Not Foundation's `Process`: it hands on the blocked signals of the thread it starts from, SIGALRM among them,
        // which is how pgbench learns that its time is up.
        let process = try await ServerProcess.start(
            command,
            environment: ServerProcess.plainEnvironment.merging(configuration.environment) { $1 },
            log: log
        )
        let status = await withTaskCancellationHandler {
            await process.exitStatus()
        } onCancel: {
            process.signal(SIGTERM)
        }
        let text = try String(contentsOfFile: log, encoding: .utf8)
        guard status == 0, let rate = Self.number(after: "tps = ", in: text),
            let average = Self.number(after: "latency average = ", in: text)
        else { throw CommandFailure("pgbench failed: \(text.suffix(500))") }
        return Figures(transactionsPerSecond: Int(rate), averageMicroseconds: Int(average * 1000))
    }

    private static func number(after label: String, in text: String) -> Double? {
        guard let range = text.range(of: label) else { return nil }
        return Double(text[range.upperBound...].prefix { $0.isNumber || $0 == "." })
    }
}
