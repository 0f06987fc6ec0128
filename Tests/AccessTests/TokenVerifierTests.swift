import Crypto
import Foundation
import JWTKit
import Testing

@testable import Access

/// A-20 rows 1 to 9, one suite for what each row refuses.
@Suite("Bearer token checks (A-20)")
struct TokenVerifierTests {
    let forge: TokenForge

    init() throws { forge = try TokenForge() }

    @Test func goodTokenIsAccepted() async throws {
        #expect(await forge.refusal(of: try forge.token()) == nil)
    }

    @Test("Row 1: no token")
    func noHeaderIsAChallengeWithoutError() async {
        let refusal = await forge.refusal(ofHeader: nil)
        #expect(refusal == .missingToken)
        #expect(refusal?.statusCode == 401 && refusal?.issueCode == "login")
        #expect(refusal?.wwwAuthenticate == #"Bearer realm="herald""#)
    }

    @Test(
        "Row 1: scheme and number of tokens",
        arguments: ["", "Bearer", "Basic TOKEN", "TOKEN", "Bearer TOKEN TOKEN"]
    )
    func headerMustHoldBearerAndOneToken(header: String) async throws {
        let header = header.replacing("TOKEN", with: try forge.token())
        #expect(await forge.refusal(ofHeader: header) == .malformedAuthorization)
    }

    @Test("Row 1: two headers")
    func twoAuthorizationHeadersAreRefused() async throws {
        let header = "Bearer \(try forge.token())"
        // An HTTP stack either keeps both or joins them with a comma.
        #expect(await forge.refusal(ofHeader: "\(header), \(header)") == .malformedAuthorization)
        #expect(await forge.refusal(ofHeader: "\(header),\(header)") == .malformedAuthorization)
        await #expect(throws: AccessError.malformedAuthorization) {
            try await forge.verifier.verify(authorizationHeaders: [header, header])
        }
        let caller = try await forge.verifier.verify(authorizationHeaders: [header])
        #expect(caller.clientID.rawValue == "gp-system")
    }

    @Test("Row 1: scheme in any case", arguments: ["bearer", "BEARER", "Bearer"])
    func schemeIsCaseInsensitive(scheme: String) async throws {
        #expect(await forge.refusal(ofHeader: "\(scheme) \(try forge.token())") == nil)
    }

    @Test("Row 2: form", arguments: ["x", "a.b", "a.b.c.d", "e30.e30", "..", "e30=.e30.e30", "e30.e31.AA"])
    func formIsChecked(token: String) async {
        #expect(await forge.refusal(of: token) == .invalidToken(.malformed))
    }

    @Test("Row 3: alg none")
    func unsignedTokenIsRefused() async throws {
        let unsigned =
            TokenForge.encode(forge.header(["alg": #""none""#])) + "." + TokenForge.encode(forge.claims()) + "."
        #expect(await forge.refusal(of: unsigned) == .invalidToken(.algorithm))
    }

    @Test("Row 3: HS256 with the public key as secret")
    func publicKeyIsNoSharedSecret() async throws {
        let pem = try #require(forge.keys.keys.first).privateKey.publicKey.pemRepresentation
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: Array(pem.utf8)), digestAlgorithm: .sha256)
        let token = try await keys.sign(
            RawClaims(iss: TokenForge.issuer, aud: TokenForge.audience, scope: "system/Immunization.rs"),
            header: ["kid": .string(forge.kid), "typ": "at+jwt"]
        )
        #expect(await forge.refusal(of: token) == .invalidToken(.algorithm))
    }

    struct RawClaims: JWTPayload {
        let iss, aud, scope: String
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    @Test("Row 3: other algorithms", arguments: ["ES256", "RS512", "es384", "HS384", ""])
    func algorithmIsPinned(name: String) async throws {
        let token = try forge.token(header: forge.header(["alg": "\"\(name)\""]))
        #expect(await forge.refusal(of: token) == .invalidToken(.algorithm))
    }

    @Test("Row 4: iss", arguments: ["https://hub.example/", "HTTPS://hub.example", "https://evil.example", ""])
    func issuerIsComparedExactly(name: String) async throws {
        let token = try forge.token(claims: forge.claims(["iss": "\"\(name)\""]))
        #expect(await forge.refusal(of: token) == .invalidToken(.issuer))
    }

    @Test("Row 5: kid", arguments: ["other", "../../etc/passwd", "' OR 1=1 --", ""])
    func unknownKeyIsRefused(kid: String) async throws {
        let token = try forge.token(header: forge.header(["kid": "\"\(kid)\""]))
        #expect(await forge.refusal(of: token) == .invalidToken(.key))
        #expect(await forge.refusal(of: try forge.token(header: forge.header(["kid": nil]))) == .invalidToken(.key))
    }

    @Test("Row 6: another hub's key under our kid")
    func signatureOfAnotherKeyIsRefused() async throws {
        let token = try TokenForge().token(header: forge.header())
        #expect(await forge.refusal(of: token) == .invalidToken(.signature))
    }

    @Test("Row 6: tampered claims, tampered signature, no signature")
    func tamperedTokenIsRefused() async throws {
        let parts = try forge.token().split(separator: ".")
        let claims = TokenForge.encode(forge.claims(["scope": #""herald/admin.write""#]))
        #expect(await forge.refusal(of: "\(parts[0]).\(claims).\(parts[2])") == .invalidToken(.signature))
        var signature = try #require(Base64URL.decode(parts[2].utf8))
        signature[10] ^= 1
        let forged = "\(parts[0]).\(parts[1]).\(Base64URL.encode(signature))"
        #expect(await forge.refusal(of: forged) == .invalidToken(.signature))
        #expect(await forge.refusal(of: "\(parts[0]).\(parts[1]).") == .invalidToken(.signature))
        let zeros = Base64URL.encode([UInt8](repeating: 0, count: 96))
        #expect(await forge.refusal(of: "\(parts[0]).\(parts[1]).\(zeros)") == .invalidToken(.signature))
    }

    @Test("Row 6 comes before rows 7 to 9")
    func nothingIsToldAboutATokenWhoseSignatureFails() async throws {
        let token = try TokenForge().token(header: forge.header(), claims: forge.claims(["aud": #""x""#, "exp": "1"]))
        #expect(await forge.refusal(of: token) == .invalidToken(.signature))
    }

    @Test("A-23, row 7: aud", arguments: [#""https://other.example""#, "[]", #"["https://hub.example/fhir/r4"]"#, nil])
    func audienceMustBeThisService(aud: String?) async throws {
        let token = try forge.token(claims: forge.claims(["aud": aud]))
        #expect(await forge.refusal(of: token) == .invalidToken(.audience))
    }

    @Test("Row 7: aud as a list")
    func audienceMayBeOneOfSeveral() async throws {
        let token = try forge.token(claims: forge.claims(["aud": #"["https://x.example","\#(TokenForge.audience)"]"#]))
        #expect(await forge.refusal(of: token) == nil)
    }

    @Test("Row 8: exp with 10 s of tolerance")
    func expiredTokenSaysExpired() async throws {
        let token = try forge.token()
        forge.clock.advance(by: 609)
        #expect(await forge.refusal(of: token) == nil)
        forge.clock.advance(by: 1)
        let refusal = await forge.refusal(of: token)
        #expect(refusal == .invalidToken(.expired))
        #expect(refusal?.statusCode == 401 && refusal?.issueCode == "expired")
        #expect(refusal?.wwwAuthenticate?.contains(#"error="invalid_token""#) == true)
    }

    @Test("Row 8: a token that was accepted before expires all the same")
    func rememberedTokenExpires() async throws {
        let verifier = forge.verifier
        let header = "Bearer \(try forge.token())"
        let first = try await verifier.verify(authorizationHeader: header)
        #expect(try await verifier.verify(authorizationHeader: header) == first)
        forge.clock.advance(by: 610)
        await #expect(throws: AccessError.invalidToken(.expired)) {
            try await verifier.verify(authorizationHeader: header)
        }
    }

    @Test("Row 6: a token that was accepted before does not vouch for a changed one")
    func rememberedTokenIsRememberedWhole() async throws {
        let verifier = forge.verifier
        let token = try forge.token()
        _ = try await verifier.verify(authorizationHeader: "Bearer \(token)")
        let parts = token.split(separator: ".")
        let claims = TokenForge.encode(forge.claims(["scope": #""herald/admin.write""#]))
        for forged in ["\(parts[0]).\(claims).\(parts[2])", "\(parts[0]).\(parts[1])."] {
            await #expect(throws: AccessError.invalidToken(.signature)) {
                try await verifier.verify(authorizationHeader: "Bearer \(forged)")
            }
        }
    }

    @Test func memoryOfTokensIsBounded() throws {
        let memory = VerifiedTokens(capacity: 10)
        let issuer = TrustedIssuer.builtIn(name: TokenForge.issuer, audience: "", keys: KeyRing(forge.keys))
        let token = try AccessToken(claims: ClaimParser.parse(Array(forge.claims().utf8)), from: issuer)
        for number in 0..<1000 {
            memory.insert(token, for: SHA256.hash(data: Array("\(number)".utf8)), now: TokenForge.start)
            #expect((1...10).contains(memory.count))
        }
    }

    @Test("Row 8: nbf and iat in the future", arguments: ["nbf", "iat"])
    func tokenFromTheFutureIsRefused(claim: String) async throws {
        let now = Int(TokenForge.start.timeIntervalSince1970)
        let near = try forge.token(claims: forge.claims([claim: "\(now + 10)"]))
        #expect(await forge.refusal(of: near) == nil)
        let far = try forge.token(claims: forge.claims([claim: "\(now + 11)"]))
        #expect(await forge.refusal(of: far) == .invalidToken(.notYetValid))
    }

    @Test("Row 8: far-future exp and missing times")
    func lifeIsBounded() async throws {
        let now = Int(TokenForge.start.timeIntervalSince1970)
        let long = try forge.token(claims: forge.claims(["exp": "\(now + 601)"]))
        #expect(await forge.refusal(of: long) == .invalidToken(.lifetime))
        let endless = try forge.token(claims: forge.claims(["exp": "\(Int64.max)", "iat": "\(Int64.min)"]))
        #expect(await forge.refusal(of: endless) == .invalidToken(.lifetime))
        for claim in ["exp", "iat"] {
            let token = try forge.token(claims: forge.claims([claim: nil]))
            #expect(await forge.refusal(of: token) == .invalidToken(.missingClaim))
        }
    }

    @Test("Row 9: typ", arguments: [#""JWT""#, #""at+JWT""#, #""""#, nil])
    func typeMustBeAccessToken(typ: String?) async throws {
        let token = try forge.token(header: forge.header(["typ": typ]))
        #expect(await forge.refusal(of: token) == .invalidToken(.type))
    }

    @Test("Row 9: id token as bearer")
    func idTokenIsNoAccessToken() async throws {
        let claims = forge.patientClaims(["scope": nil, "nonce": #""n""#])
        #expect(await forge.refusal(of: try forge.token(claims: claims)) == .invalidToken(.scope))
    }
}
