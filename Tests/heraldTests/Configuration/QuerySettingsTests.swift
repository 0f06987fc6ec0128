import Configuration
import Foundation
import Testing

@testable import herald

/// The settings of searches (`immunisation-history.md` §1, §6, §12).
struct QuerySettingsTests {
    private func configuration(_ environment: [String: String]) throws -> HubConfiguration {
        let needed = ["HERALD_DATABASE_URL": "postgres://localhost/herald"]
        let reader = try SettingsReader.reader(
            flags: [:],
            environment: environment.merging(needed) { own, _ in own },
            file: nil
        )
        return try HubConfiguration(reader: reader)
    }

    @Test func withoutSettingsTheOlderPathIsOnAndRestrictedPatientsAreRedacted() throws {
        let plain = try configuration([:])
        #expect(plain.olderHistoryPath == "/immunisation-history/FHIR/R4")
        #expect(plain.redactsRestricted)
    }

    @Test(arguments: [("off", nil), ("/older", "/older"), ("/a/b-c", "/a/b-c")] as [(String, String?)])
    func theOlderPathIsMovedOrSwitchedOff(text: String, path: String?) throws {
        #expect(try configuration(["HERALD_QUERY_OLDER_PATH": text]).olderHistoryPath == path)
    }

    @Test(arguments: [("false", false), ("true", true)])
    func redactionIsASwitch(text: String, isOn: Bool) throws {
        #expect(try configuration(["HERALD_QUERY_REDACT_RESTRICTED": text]).redactsRestricted == isOn)
    }

    @Test(arguments: [
        ("HERALD_QUERY_OLDER_PATH", "older"), ("HERALD_QUERY_OLDER_PATH", "/older/"),
        ("HERALD_QUERY_OLDER_PATH", "/FHIR/R4"), ("HERALD_QUERY_REDACT_RESTRICTED", "sometimes"),
    ])
    func whatCannotBeUsedIsRefusedByName(name: String, text: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration([name: text]) }
        #expect(error?.description.contains(name) == true, "\(error.map(String.init(describing:)) ?? "")")
    }
}
