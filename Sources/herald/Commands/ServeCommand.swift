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

    @OptionGroup var settings: SettingsOptions

    @Option(help: "Overrides HERALD_ROLES: intake, relay, router, delivery, api, separated by commas.")
    var roles: String?

    @Option(help: "Overrides HERALD_HTTP_ADDRESS: host:port.")
    var httpAddress: String?

    func run() async throws {
        let reader = try settings.reader([.roles: roles, .httpAddress: httpAddress])
        let configuration = try HubConfiguration(reader: reader)
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
}
