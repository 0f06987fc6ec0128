import ArgumentParser
import Foundation
import Logging

/// `herald demo`: the whole way, on this machine, with nothing but PostgreSQL's programs installed.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show the whole way: feeds in, records kept, events delivered, history answered.",
        discussion: """
            Starts a private PostgreSQL in the data folder, a hub, a subscriber's endpoint and, where HERALD_MESH_SANDBOX names \
            a Python environment with mesh-sandbox, a MESH server with mailboxes of GP practices, child health and the \
            National Immunisation Service (without it practices are told by HTTP and the national feed goes into a folder); \
            uploads sample feeds with wrong rows among them; checks that everything has arrived exactly once and in order; \
            then stays up until stopped. Each start begins anew.
            """
    )

    @Option(help: "Overrides HERALD_DATA_DIR: the demo's files go into its folder demo.")
    var dataDir: String?

    @Flag(help: "Stop when everything has arrived; exits with 0 only if it was all right.")
    var once = false

    @Flag(help: "Send events through Kafka: HERALD_KAFKA_BOOTSTRAP_SERVERS, or a broker inside this process.")
    var kafka = false

    @Option(help: "The hub's port on 127.0.0.1; another free one is taken where it is in use.")
    var port = 8480

    @Option(help: "Overrides HERALD_LOG_LEVEL.") var logLevel: String?

    func validate() throws {
        guard (1...65_535).contains(port) else { throw ValidationError("--port must be 1 to 65535") }
    }

    func run() async throws {
        var flags: [Setting: String] = [.databaseUrl: "postgres://", .logLevel: logLevel ?? "warning"]
        flags[.dataDir] = dataDir
        let settings = try HubConfiguration(reader: SettingsReader.reader(flags: flags, file: nil))
        let logger = LogSetup.logger(level: settings.logLevel, format: settings.logFormat)
        let world = try DemoWorld(settings: settings, usesKafka: kafka, port: port, logger: logger)
        let succeeded: Bool
        do {
            succeeded = try await world.run(staysUp: !once)
            await world.stop()
        } catch {
            await world.stop()
            throw error
        }
        if !succeeded { throw ExitCode.failure }
    }
}
