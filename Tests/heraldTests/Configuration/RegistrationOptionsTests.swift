import Access
import ArgumentParser
import Foundation
import HeraldTestKit
import Testing

@testable import herald

/// What `herald clients create` and `update` make of their options (`auth.md` §8).
struct RegistrationOptionsTests {
    private func registered(_ arguments: [String], isDevelopment: Bool = false) throws -> RegisteredClient {
        var client = RegisteredClient(id: try #require(ClientID("gp")), name: "", scopes: Scopes([]))
        try RegistrationOptions.parse(arguments).parsed(isDevelopment: isDevelopment).apply(to: &client)
        return client
    }

    @Test func everyOptionIsRegistered() throws {
        let file = NSTemporaryDirectory() + "keys-\(UUID().uuidString).json"
        let set = #"{"keys":[{"kty":"RSA","kid":"one","n":"AQAB","e":"AQAB"}]}"#
        try set.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let client = try registered([
            "--permission", "FLU.RS", "--permission", "mmr.c", "--grant", "token-exchange", "--jwks", file,
            "--idp-client-id", "app", "--min-proofing", "P5", "--rate-limit", "5/10", "--unredacted", "--ods-code",
            "A12345",
            "--certificate-thumbprint", String(repeating: "00", count: 32),
        ])
        #expect(client.permissions?.entries == ["FLU.RS", "MMR.C"])
        #expect(client.grants == [.tokenExchange])
        #expect(client.keys == .inline(set))
        #expect(client.idpClientIDs == ["app"])
        #expect(client.minimumProofing == .p5)
        #expect(client.rateLimit == RateLimit(perSecond: 5, burst: 10))
        #expect(client.isUnredacted)
        #expect(client.odsCodes == ["A12345"])
        #expect(client.certificateThumbprints == [String(repeating: "A", count: 43)])
        let url = try registered(["--jwks-url", "https://app.example/jwks.json"])
        #expect(url.keys == .url("https://app.example/jwks.json"))
    }

    /// A-40: the type `*` is for development; A-41: nothing shows restricted patients in full unless it is asked for.
    @Test func defaultsAreTheNarrowest() throws {
        let client = try registered([])
        #expect(client.permissions == nil && client.keys == nil && client.rateLimit == nil)
        #expect(client.minimumProofing == .p9 && !client.isUnredacted && client.grants == [.clientCredentials])
        #expect(throws: CommandFailure.self) { try registered(["--permission", "*.RS"]) }
        #expect(try registered(["--permission", "*.RS"], isDevelopment: true).permissions?.entries == ["*.RS"])
    }

    @Test(arguments: [
        ["--permission", "FLU"], ["--rate-limit", "many"], ["--ods-code", "?"], ["--certificate-thumbprint", "ab"],
        ["--certificate", "/nowhere/file.pem"], ["--jwks", "/nowhere/keys.json"],
        ["--jwks-url", "http://app.example/keys"],
    ])
    func whatCannotBeUsedIsRefusedWithItsOption(_ arguments: [String]) throws {
        let error = #expect(throws: CommandFailure.self) { try registered(arguments) }
        let text = error?.description ?? ""
        #expect(text.contains(arguments[0]) || text.contains(arguments[1]))
    }

    @Test func clearingTakesAwayWhatThereWas() throws {
        var client = try registered(["--permission", "FLU.RS", "--rate-limit", "5/10", "--ods-code", "A12345"])
        ClearableRegistration.permissions.apply(to: &client)
        ClearableRegistration.rateLimit.apply(to: &client)
        ClearableRegistration.odsCodes.apply(to: &client)
        #expect(client.permissions == nil && client.rateLimit == nil && client.odsCodes.isEmpty)
    }
}
