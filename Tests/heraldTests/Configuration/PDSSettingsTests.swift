import Foundation
import HeraldTestKit
import PDS
import Testing

@testable import herald

@Suite struct PDSSettingsTests {
    private func configuration(_ values: [String: String]) throws -> PDSConfiguration? {
        var environment = ["HERALD_DATABASE_URL": "postgres://", "HERALD_PDS_URL": "https://pds.example.nhs.uk/R4"]
        for (name, value) in values { environment["HERALD_PDS_\(name)"] = value }
        return try HubConfiguration(reader: SettingsReader.reader(flags: [:], environment: environment, file: nil)).pds
    }

    @Test func itsOwnCredentialsComeWithATokenURLOfTheSameHost() throws {
        let folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TestCertificates.make(in: folder)
        let given = ["CLIENT_ID": "api-key", "KEY_ID": "key-1", "KEY_FILE": folder + "/client.key"]
        guard case .own(let own) = try configuration(given)?.token else {
            Issue.record("not its own credentials")
            return
        }
        #expect(own.clientID == "api-key" && own.keyID == "key-1")
        #expect(own.tokenURL == "https://pds.example.nhs.uk/oauth2/token")
    }

    @Test(
        arguments: [
            (["TOKEN": "a", "CLIENT_ID": "b"], "HERALD_PDS_TOKEN and HERALD_PDS_CLIENT_ID exclude each other"),
            (["TOKEN": "a", "TOKEN_FILE": "b"], "HERALD_PDS_TOKEN and HERALD_PDS_TOKEN_FILE exclude each other"),
            (["CLIENT_ID": "a", "KEY_FILE": "/etc/hostname"], "HERALD_PDS_KEY_ID"),
            (["CLIENT_ID": "a", "KEY_ID": "b"], "HERALD_PDS_KEY_FILE"),
            (["KEY_ID": "b"], "is set without HERALD_PDS_CLIENT_ID"),
            (["CLIENT_ID": "a", "KEY_ID": "b", "KEY_FILE": "/etc/hostname"], "RSA private key"),
            (["CLIENT_ID": "a", "KEY_ID": "b", "KEY_FILE": "/nowhere"], "that this process can read"),
            (
                ["CLIENT_ID": "a", "KEY_ID": "b", "KEY_FILE": "/etc/hostname", "TOKEN_URL": "http://x"],
                "HERALD_PDS_TOKEN_URL must begin with https://"
            ),
        ] as [([String: String], String)]
    )
    func whatDoesNotGoTogetherIsRefused(given: [String: String], words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try configuration(given) }
        #expect(error.map { "\($0)" }?.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
    }
}
