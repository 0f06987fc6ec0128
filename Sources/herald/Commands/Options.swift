import ArgumentParser
import AsyncHTTPClient
import Configuration
import Foundation
import Logging
import Postgres
import Store

/// Options of every command that reads Herald's settings.
struct SettingsOptions: ParsableArguments {
    @Option(help: "A YAML file with settings, e.g. logLevel: debug")
    var config: String?

    func reader(_ flags: [Setting: String?] = [:]) throws -> ConfigReader {
        try SettingsReader.reader(flags: flags.compactMapValues(\.self), file: config)
    }
}

/// Options of every command that works on the database, beside the hub.
struct DatabaseOptions: ParsableArguments {
    @OptionGroup var settings: SettingsOptions

    @Option(help: "Overrides HERALD_DATABASE_URL.")
    var databaseUrl: String?

    func reader(_ flags: [Setting: String?] = [:]) throws -> ConfigReader {
        try settings.reader(flags.merging([.databaseUrl: databaseUrl]) { $1 })
    }

    /// Lends a store on the database, whose schema must be there already.
    ///
    /// - Parameters:
    ///   - command: Who changes something with which command, for the audit trail; nil for one that only reads.
    ///   - body: What to do with the store.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws, and ``CommandFailure`` where there is no schema.
    func withStore<Result: Sendable>(
        for command: OperatorCommand? = nil,
        _ body: @Sendable (PostgresStore) async throws -> Result
    ) async throws -> Result {
        var configuration = try PostgresConfiguration(reader: reader())
        configuration.maximumConnections = 2
        var logger = Logger(label: "herald")
        logger.logLevel = .warning
        let pool = PostgresPool(configuration: configuration, logger: logger)
        do {
            let result = try await body(PostgresStore(pool: pool, command: command))
            await pool.close()
            return result
        } catch let error as PostgresError where error.sqlState == .undefinedTable {
            await pool.close()
            throw CommandFailure("the database has no Herald schema yet: run herald migrate")
        } catch {
            await pool.close()
            throw error
        }
    }
}

/// Options of every command that makes tokens with the hub's signing key.
struct KeyOptions: ParsableArguments {
    @OptionGroup var settings: SettingsOptions

    @Option(help: "Overrides HERALD_DATA_DIR, the folder of the signing key.")
    var dataDir: String?

    func reader() throws -> ConfigReader { try settings.reader([.dataDir: dataDir]) }
}

/// Options of every command that talks to a running hub.
struct HubOptions: ParsableArguments {
    @OptionGroup var key: KeyOptions

    @Option(help: "The hub's address; else HERALD_URL, else HERALD_PUBLIC_URL, else http://127.0.0.1:8480.")
    var url: String?

    @Option(help: "An access token; else HERALD_TOKEN, else one is made with the hub's signing key.")
    var token: String?

    /// Lends a client for the hub.
    ///
    /// - Parameters:
    ///   - scope: What a token that is made here must cover.
    ///   - body: What to do with the client.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws, and ``CommandFailure`` for settings that cannot be used.
    func withHub<Result: Sendable>(
        scope: String,
        _ body: @Sendable (HubClient) async throws -> Result
    ) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment
        let reader = try key.reader()
        let publicURL = try HubConfiguration.publicURL(reader)
        let address = url ?? environment["HERALD_URL"] ?? publicURL
        let baseURL = address.hasSuffix("/") ? String(address.dropLast()) : address
        let given = token ?? environment["HERALD_TOKEN"]
        let maker = TokenMaker(dataDirectory: reader.text(.dataDir) ?? ".herald", publicURL: publicURL)
        let bearer: @Sendable () async throws -> String = {
            if let given { return given }
            return try await maker.make(client: "herald-cli", scope: scope, patient: nil)
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            let result = try await body(HubClient(client: client, baseURL: baseURL, token: bearer))
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
