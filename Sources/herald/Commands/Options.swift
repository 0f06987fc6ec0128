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

    @Option(help: "Overrides HERALD_DATABASE_URL.")
    var databaseUrl: String?

    @Option(help: "Overrides HERALD_DATA_DIR.")
    var dataDir: String?

    @Option(help: "Overrides HERALD_LOG_LEVEL.")
    var logLevel: String?

    func reader(_ further: [Setting: String?] = [:]) throws -> ConfigReader {
        var flags: [Setting: String] = [:]
        flags[.databaseUrl] = databaseUrl
        flags[.dataDir] = dataDir
        flags[.logLevel] = logLevel
        for case (let setting, let value?) in further { flags[setting] = value }
        return try SettingsReader.reader(flags: flags, file: config)
    }

    /// Where the signing key lies.
    func dataDirectory() throws -> String { try reader().text(.dataDir) ?? ".herald" }

    /// Lends a store on the database, whose schema must be there already.
    func withStore<Result: Sendable>(_ body: @Sendable (PostgresStore) async throws -> Result) async throws -> Result {
        var configuration = try PostgresConfiguration(reader: reader())
        configuration.maximumConnections = 2
        var logger = Logger(label: "herald")
        logger.logLevel = .warning
        let pool = PostgresPool(configuration: configuration, logger: logger)
        do {
            let result = try await body(PostgresStore(pool: pool))
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

/// Options of every command that talks to a running hub.
struct HubOptions: ParsableArguments {
    @OptionGroup var settings: SettingsOptions

    @Option(help: "The hub's address; else HERALD_URL, else HERALD_PUBLIC_URL, else http://127.0.0.1:8480.")
    var url: String?

    @Option(help: "An access token; else HERALD_TOKEN, else one is made with the hub's signing key.")
    var token: String?

    /// Lends a client for the hub.
    ///
    /// - Parameters:
    ///   - scope: What a token that is made here must cover.
    func withHub<Result: Sendable>(
        scope: String,
        _ body: @Sendable (HubClient) async throws -> Result
    ) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment
        let reader = try settings.reader()
        let address = url ?? environment["HERALD_URL"] ?? reader.text(.publicUrl) ?? "http://127.0.0.1:8480"
        let baseURL = address.hasSuffix("/") ? String(address.dropLast()) : address
        let bearer: String
        if let given = token ?? environment["HERALD_TOKEN"] {
            bearer = given
        } else {
            bearer = try await TokenMaker(dataDirectory: settings.dataDirectory(), publicURL: baseURL)
                .make(client: "herald-cli", scope: scope, patient: nil)
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            let result = try await body(HubClient(client: client, baseURL: baseURL, token: bearer))
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            if error is HTTPClientError || String(describing: type(of: error)).hasPrefix("NIO") {
                throw CommandFailure("no hub answers at \(baseURL) (\(error)); start one with: herald serve")
            }
            throw error
        }
    }
}
