import Foundation
import Testing

@testable import Access

/// Well-signed tokens with contents that trip lenient readers: A-11, A-20a, §14.
@Suite("Hostile contents (A-11, A-20a)")
struct HostileTokenTests {
    let forge: TokenForge

    init() throws { forge = try TokenForge() }

    @Test("A-11: keys and rules from the header", arguments: ["crit", "jku", "jwk", "x5u", "x5c"])
    func headerParametersThatChooseKeysAreRefused(name: String) async throws {
        for value in [#""https://evil.example/jwks""#, "[]", "null", #"["exp"]"#] {
            let token = try forge.token(header: forge.header([name: value]))
            #expect(await forge.refusal(of: token) == .invalidToken(.headerParameter))
        }
    }

    @Test("A-11: repeated members")
    func repeatedMembersAreRefused() async throws {
        let header = forge.header().replacing("{", with: #"{"alg":"none","#, maxReplacements: 1)
        #expect(await forge.refusal(of: try forge.token(header: header)) == .invalidToken(.duplicateMember))
        let claims = forge.claims().replacing("{", with: #"{"scope":"herald/admin.write","#, maxReplacements: 1)
        #expect(await forge.refusal(of: try forge.token(claims: claims)) == .invalidToken(.duplicateMember))
        // The same name in another spelling is the same name.
        let spelled = forge.claims().replacing("{", with: #"{"\u0073cope":"x","#, maxReplacements: 1)
        #expect(await forge.refusal(of: try forge.token(claims: spelled)) == .invalidToken(.duplicateMember))
        let nested = forge.claims(["roles": #"[{"id":"1","id":"2"}]"#])
        #expect(await forge.refusal(of: try forge.token(claims: nested)) == .invalidToken(.duplicateMember))
    }

    @Test("A-11: 16 KiB")
    func sizeIsBounded() async throws {
        let large = try forge.token(claims: forge.claims(["pad": "\"\(String(repeating: "x", count: 12_400))\""]))
        #expect(large.utf8.count > 16 * 1024)
        #expect(await forge.refusal(of: large) == .invalidToken(.tooLarge))
        let allowed = try forge.token(claims: forge.claims(["pad": "\"\(String(repeating: "x", count: 11_000))\""]))
        #expect(await forge.refusal(of: allowed) == nil)
    }

    @Test(
        "A-20a: claims of the wrong type",
        arguments: ["iss", "sub", "aud", "client_id", "jti", "scope", "mode", "nhs_number", "vot"],
        ["1", "true", "null", "{}", "[1]", #"[["a"]]"#]
    )
    func textClaimsMustBeText(claim: String, value: String) async throws {
        let token = try forge.token(claims: forge.patientClaims([claim: value]))
        #expect(await forge.refusal(of: token) == .invalidToken(.claimType))
    }

    @Test(
        "A-20a: text in a list where one text is expected",
        arguments: ["client_id", "scope", "nhs_number", "vot", "mode"]
    )
    func listsOfTextAreNotText(claim: String) async throws {
        let token = try forge.token(claims: forge.patientClaims([claim: #"["system"]"#]))
        #expect(await forge.refusal(of: token) == .invalidToken(.claimType))
    }

    @Test("A-20a: header parameters of the wrong type", arguments: ["alg", "kid", "typ"])
    func headerTextMustBeText(name: String) async throws {
        for value in ["1", "[]", "null", #"["ES384"]"#] {
            let token = try forge.token(header: forge.header([name: value]))
            #expect(await forge.refusal(of: token) == .invalidToken(.claimType))
        }
    }

    @Test(
        "A-20a: dates",
        arguments: ["exp", "iat", "nbf"],
        [#""1790000600""#, "1790000600.5", "1.79e9", "null", "99999999999999999999"]
    )
    func datesAreWholeNumbers(claim: String, value: String) async throws {
        let token = try forge.token(claims: forge.claims([claim: value]))
        #expect(await forge.refusal(of: token) == .invalidToken(.claimType))
    }

    @Test("A-20a: unknown mode", arguments: ["admin", "System", ""])
    func unknownModeIsRefused(mode: String) async throws {
        let token = try forge.token(claims: forge.claims(["mode": "\"\(mode)\""]))
        #expect(await forge.refusal(of: token) == .invalidToken(.mode))
    }

    @Test("Missing claims", arguments: ["sub", "client_id", "jti"])
    func requiredClaimsMustBeThere(claim: String) async throws {
        for value in [nil, #""""#] {
            let token = try forge.token(claims: forge.claims([claim: value]))
            #expect(await forge.refusal(of: token) == .invalidToken(.missingClaim))
        }
    }

    @Test("Client ids that could forge a log line", arguments: [#""a b""#, #""a\nb""#, #""é""#])
    func clientIDIsVisibleASCII(id: String) async throws {
        let token = try forge.token(claims: forge.claims(["client_id": id]))
        #expect(await forge.refusal(of: token) == .invalidToken(.claimType))
    }

    @Test func refusalsNeverRepeatTheToken() async throws {
        for fault in TokenFault.allCases {
            let error = AccessError.invalidToken(fault)
            #expect(error.statusCode == 401)
            let challenge = try #require(error.wwwAuthenticate)
            #expect(challenge.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(challenge.split(separator: "\"").count == 6, "a quote inside a quoted string: \(challenge)")
        }
    }
}
