import Access
import ArgumentParser
import Foundation
import Store

/// `herald token`: an access token from the built-in issuer, and the end of one.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print an access token, or revoke one.",
        subcommands: [Print.self, Revoke.self],
        defaultSubcommand: Print.self
    )

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Print an access token, valid for ten minutes. Works beside the hub: it needs the hub's signing key.
                """
        )
        @OptionGroup var key: KeyOptions
        @Option(help: "The client the token is for.") var client: String
        @Option(
            help: "Scopes, separated by spaces (system/Immunization.cruds, or patient/Immunization.rs with --patient)."
        )
        var scope: String?
        @Option(help: "Bind the token to this patient's own records (an NHS number).") var patient: String?
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let reader = try key.reader()
            let scope = scope ?? (patient == nil ? TokenMaker.defaultScope : "patient/Immunization.rs")
            let token = try await TokenMaker(
                dataDirectory: reader.text(.dataDir) ?? ".herald",
                publicURL: HubConfiguration.publicURL(reader)
            ).make(client: client, scope: scope, patient: patient)
            if json {
                try Console.json(["access_token": token, "token_type": "Bearer", "scope": scope])
            } else {
                Console.line(token)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse a token from now on. Works on the database, beside the hub.",
            discussion:
                "Running hubs notice within ten seconds. To shut a client out altogether: herald clients disable ID"
        )
        /// Longer than any accepted token can live, in seconds.
        private static let longestLife: TimeInterval = 86_400

        @OptionGroup var database: DatabaseOptions
        @Argument(help: "The token's id, its claim jti; not the token itself.") var id: String
        @Option(help: "Who revokes it, for the record.") var by = Operator.name

        func run() async throws {
            guard !id.isEmpty, id.filter({ $0 == "." }).count != 2 else {
                throw CommandFailure("name the token's id (its claim jti), not the token: that is a secret")
            }
            let end = Date(timeIntervalSinceNow: Self.longestLife)
            let command = OperatorCommand("herald token revoke", by: by)
            try await database.withStore(for: command) { try await $0.revoke(TokenID(id), until: end, by: by) }
            Console.line("revoked; running hubs refuse it within ten seconds")
        }
    }
}
