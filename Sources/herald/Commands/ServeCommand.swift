import ArgumentParser
import Logging

/// `herald serve`: runs the services.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the hub's services until stopped; migrates the schema first.",
        discussion: """
            Settings come from the environment, or from a YAML file (--config) with the same names in lower camel case; \
            flags win over both. Unknown names are an error.

            \(Setting.table)
            """
    )

    @OptionGroup var database: DatabaseOptions

    @Option(help: "Overrides HERALD_DATA_DIR.")
    var dataDir: String?

    @Option(help: "Overrides HERALD_LOG_LEVEL.")
    var logLevel: String?

    @Option(help: "Overrides HERALD_ROLES: intake, relay, router, delivery, api, separated by commas.")
    var roles: String?

    @Option(help: "Overrides HERALD_HTTP_ADDRESS: host:port.")
    var httpAddress: String?

    func run() async throws {
        let reader = try database.reader([
            .roles: roles, .httpAddress: httpAddress, .dataDir: dataDir, .logLevel: logLevel,
        ])
        let configuration = try HubConfiguration(reader: reader)
        try Self.check(configuration.listen, of: .httpAddress)
        if let listen = configuration.metricsListen { try Self.check(listen, of: .metricsAddress) }
        let logger = LogSetup.logger(level: configuration.logLevel, format: configuration.logFormat)
        let hub = try Hub(configuration: configuration, logger: logger)
        try await hub.migrate()
        try await hub.prepare()
        try await hub.run { port in
            logger.info(
                "herald is ready",
                metadata: [
                    "herald.url": "\(configuration.publicURL)", "herald.port": "\(port)",
                    "herald.roles": "\(configuration.roles.map(\.rawValue).sorted().joined(separator: ","))",
                    "herald.log": "\(configuration.kafka == nil ? "embedded" : "kafka")",
                ]
            )
        }
    }

    private static func check(_ listen: ListenAddress, of setting: Setting) throws {
        guard !listen.isLoopback || listen.port == 0 || FreePort.isFree(listen.port) else {
            throw CommandFailure("\(listen.text) is in use; choose another address with \(setting.variable)")
        }
    }
}
