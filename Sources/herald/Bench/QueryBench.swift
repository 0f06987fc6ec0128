import Access
import Feeds
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import Store
import Vaccination
import WebAPI

/// A patient's history over HTTP with everything that goes with it, beside the same statement without Herald and an empty
/// route without a database.
struct QueryBench: Sendable {
    struct Report: Encodable {
        let bench = "query"
        let herald = Herald.version
        let build = Build.kind
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let server, postgresql: String
        let records, patients: Int
        let recordsEach = QueryBench.recordsEach
        let connections, seconds: Int
        let loadSeconds: Double
        /// `GET /FHIR/R4/Immunization?patient=…` with a token, checked, limited and audited.
        let history: HTTPLoad.Figures
        /// The same statements through `pgbench -M prepared`.
        let sql: SQLLoad.Figures
        /// `GET /_ping` of the same server.
        let emptyRoute: HTTPLoad.Figures
        /// Histories a second against what statement and empty route could do one after the other on these cores.
        let ratio: Double
        let ratioToSQL, ratioToEmptyRoute: Double
        let peakMemoryBytes: Int?
    }

    /// Vaccinations of a patient.
    static let recordsEach = 5
    private static let patientsAtOnce = 10_000

    let records: Int
    let connections: Int
    let seconds: Int
    let logger: Logger

    func run(_ server: BenchServer) async throws -> Report {
        try await server.withDatabase(connections: 4) { store, database in
            let numbers = BenchNumbers.make(records / Self.recordsEach)
            let start = ContinuousClock.now
            try await load(numbers, into: store)
            let loaded = ContinuousClock.now - start
            let (history, empty) = try await measure(numbers, database)
            let sql = try await SQLLoad(
                configuration: database,
                connections: connections,
                seconds: seconds,
                prefixes: (numbers.last ?? 0) / 10
            ).run()
            let (rate, bare) = (Double(history.requestsPerSecond), Double(empty.requestsPerSecond))
            let statement = Double(max(sql.transactionsPerSecond, 1))
            return Report(
                server: server.kind,
                postgresql: try await store.serverVersion(),
                records: numbers.count * Self.recordsEach,
                patients: numbers.count,
                connections: connections,
                seconds: seconds,
                loadSeconds: (loaded / .seconds(1)).rounded(to: 1),
                history: history,
                sql: sql,
                emptyRoute: empty,
                ratio: (rate * (1 / statement + 1 / max(bare, 1))).rounded(to: 3),
                ratioToSQL: (rate / statement).rounded(to: 3),
                ratioToEmptyRoute: (rate / max(bare, 1)).rounded(to: 3),
                peakMemoryBytes: ProcessMemory.peak
            )
        }
    }

    /// Applies a small feed as a hub does, and copies its records to every patient.
    private func load(_ numbers: [Int64], into store: PostgresStore) async throws {
        _ = try await IntakeBench(rows: 200, invalidPercent: 0, writers: 1, batchSize: 200, logger: logger).measure(
            store
        )
        let samples = try await store.sampleRecords(Self.recordsEach)
        let pieces = stride(from: 0, to: numbers.count, by: Self.patientsAtOnce).map { start in
            Array(numbers[start..<min(start + Self.patientsAtOnce, numbers.count)])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    for piece in stride(from: writer, to: pieces.count, by: 2).map({ pieces[$0] }) {
                        try await store.copy(samples, to: piece)
                    }
                }
            }
            try await group.waitForAll()
        }
        try await store.settle()
    }

    /// Runs a hub with the role api, and loads it.
    private func measure(
        _ numbers: [Int64],
        _ database: PostgresConfiguration
    ) async throws -> (history: HTTPLoad.Figures, empty: HTTPLoad.Figures) {
        let folder = FileManager.default.temporaryDirectory.path + "/herald-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let hub = try hub(database, folder: folder)
        let authorization = try await authorization(hub)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [hub.pool, hub.server { port.yield($0) }],
                logger: logger
            )
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // A server that cannot start must not be waited for.
                defer { port.finish() }
                try await services.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await group.waitForAll()
                throw CommandFailure("the hub to be measured ended before it took requests")
            }
            let load = HTTPLoad(port: port, connections: connections, seconds: seconds)
            let empty = try await load.run { _ in "GET /_ping HTTP/1.1\r\nHost: bench\r\n\r\n" }
            let history = try await load.run { random in
                let number = BenchNumbers.text(random.pick(numbers))
                let patient = "patient=\(number)"
                return
                    "GET /FHIR/R4/Immunization?\(patient) HTTP/1.1\r\nHost: bench\r\nAuthorization: \(authorization)\r\n\r\n"
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return (history, empty)
        }
    }

    private func hub(_ database: PostgresConfiguration, folder: String) throws -> Hub {
        guard let odsCode = ODSCode("X26") else { throw CommandFailure("X26 is no ODS code") }
        var database = database
        database.maximumConnections = 16
        var configuration = HubConfiguration(database: database, feedODSCode: odsCode)
        configuration.dataDirectory = folder
        configuration.listen = ListenAddress(host: "127.0.0.1", port: 0)
        configuration.roles = [.api]
        configuration.rateLimits = .none
        configuration.connectionLimits.connectionsPerAddress = connections + 16
        configuration.logLevel = .warning
        return try Hub(configuration: configuration, logger: logger)
    }

    /// A token of a client that may search every type.
    private func authorization(_ hub: Hub) async throws -> String {
        guard let id = ClientID("bench") else { throw CommandFailure("bench is no client's name") }
        try await hub.store.seed(hub.configuration.reference)
        let types = hub.configuration.reference.vaccineTypes.all.map { "\($0.code).S" }
        let client = RegisteredClient(
            id: id,
            name: "herald bench query",
            scopes: Scopes(parsing: "system/Immunization.rs"),
            permissions: try VaccinePermissions(types)
        )
        try await hub.store.create(client, by: "bench")
        let maker = TokenMaker(
            dataDirectory: hub.configuration.dataDirectory,
            publicURL: hub.configuration.publicURL
        )
        return "Bearer " + (try await maker.make(client: id.rawValue, scope: "system/Immunization.rs", patient: nil))
    }
}
