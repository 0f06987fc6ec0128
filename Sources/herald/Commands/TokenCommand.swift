import ArgumentParser
import Foundation

/// `herald token`: an access token from the built-in issuer.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print an access token, valid for ten minutes. Works beside the hub: it needs the hub's signing key."
    )

    @OptionGroup var key: KeyOptions
    @Option(help: "The client the token is for.") var client: String
    @Option(help: "Scopes, separated by spaces (system/Immunization.cruds, or patient/Immunization.rs with --patient).")
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
