import Crypto
import CryptoExtras
import Foundation
import JWTKit
import Synchronization
import Testing

@testable import Access

/// Client credentials with `private_key_jwt`: A-10 to A-15, each fault with the status of `auth.md` §2.
@Suite("Token endpoint (A-10 to A-17)")
struct TokenEndpointTests {
    let forge: AssertionForge

    init() throws { forge = try AssertionForge() }

    private func refusal(
        _ claims: [String: String?] = [:],
        header: [String: String?] = [:]
    ) async throws -> TokenRefusal? {
        try await forge.refusal(AssertionForge.form(forge.assertion(claims, header: header)))
    }

    // MARK: form (A-12, first step)

    @Test(
        "A-14: fields that are missing or wrong",
        arguments: [
            ("grant_type", nil, 400, "invalid_request"), ("grant_type", "", 400, "invalid_request"),
            ("grant_type", "password", 400, "unsupported_grant_type"),
            ("grant_type", "authorization_code", 400, "unsupported_grant_type"),
            ("client_assertion_type", nil, 400, "invalid_request"),
            ("client_assertion_type", "x", 400, "invalid_request"),
            ("client_assertion", nil, 400, "invalid_request"),
            ("_access_token_expiry_ms", "soon", 400, "invalid_request"),
        ] as [(String, String?, Int, String)]
    )
    func formFaults(field: String, value: String?, status: Int, code: String) async throws {
        let refusal = try await forge.refusal(AssertionForge.form(forge.assertion(), [field: value]))
        #expect(refusal?.status == status && refusal?.code.rawValue == code)
        #expect(refusal?.description.contains(field) == true)
    }

    // MARK: algorithms and keys (A-10, A-11)

    @Test("A-10: RS512, RS384 and ES384", arguments: [("RS512", "rsa-1"), ("RS384", "rsa-1"), ("ES384", "ec-1")])
    func acceptedAlgorithms(name: String, kid: String) async throws {
        #expect(try await refusal(header: ["alg": "\"\(name)\"", "kid": "\"\(kid)\""]) == nil)
    }

    @Test(
        "A-10, §14: every other algorithm, alg:none too",
        arguments: ["none", "HS256", "HS512", "RS256", "PS512", "ES256", "rs512", ""]
    )
    func otherAlgorithmsAreRefused(name: String) async throws {
        let refusal = try await refusal(header: ["alg": "\"\(name)\""])
        #expect(refusal?.status == 400 && refusal?.code == .invalidClient)
    }

    @Test("§14: the RSA public key used as an HMAC secret")
    func publicKeyIsNoSharedSecret() async throws {
        let pem = AssertionForge.rsa.publicKey.pemRepresentation
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: Array(pem.utf8)), digestAlgorithm: .sha512)
        let claims = Assertion(iss: "gp-system", sub: "gp-system", aud: AssertionForge.endpoint)
        let token = try await keys.sign(claims, header: ["kid": "rsa-1", "typ": "JWT"])
        #expect(try await forge.refusal(AssertionForge.form(token))?.status == 400)
        // And the same bytes under the name of an accepted algorithm.
        let parts = token.split(separator: ".")
        let header = TokenForge.encode(#"{"alg":"RS512","kid":"rsa-1","typ":"JWT"}"#)
        #expect(try await forge.refusal(AssertionForge.form("\(header).\(parts[1]).\(parts[2])"))?.status == 401)
    }

    struct Assertion: JWTPayload {
        var iss, sub, aud: String
        var exp = Int(AssertionForge.start.timeIntervalSince1970) + 300
        var jti = UUID().uuidString
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    @Test func anotherLibrarysAssertionIsAccepted() async throws {
        let pem = AssertionForge.rsa.pemRepresentation
        let keys = try await JWTKeyCollection().add(rsa: Insecure.RSA.PrivateKey(pem: pem), digestAlgorithm: .sha512)
        let claims = Assertion(iss: "gp-system", sub: "gp-system", aud: AssertionForge.endpoint)
        let token = try await keys.sign(claims, header: ["kid": "rsa-1"])
        #expect(try await forge.refusal(AssertionForge.form(token)) == nil)
    }

    @Test("A-10: an algorithm on a key of another type")
    func keyTypeMustFit() async throws {
        #expect(try await refusal(header: ["alg": #""ES384""#, "kid": #""rsa-1""#])?.status == 401)
        #expect(try await refusal(header: ["kid": #""ec-1""#])?.status == 401)
    }

    @Test(
        "A-10: use and alg of the key",
        arguments: [
            (#","use":"enc""#, 401), (#","alg":"RS384""#, 401), (#","use":"sig","alg":"RS512""#, nil),
            (#","key_ops":["sign"]"#, 401), (#","use":7"#, 401),
        ] as [(String, Int?)]
    )
    func keyIsForWhatItSays(members: String, status: Int?) async throws {
        forge.change { $0.keys = .inline(#"{"keys":[\#(AssertionForge.rsaKey(kid: "rsa-1", more: members))]}"#) }
        #expect(try await refusal()?.status == status)
    }

    @Test("A-10: an RSA key of 1024 bits")
    func shortKeysAreRefused() async throws {
        let short = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
        forge.change { $0.keys = .inline(#"{"keys":[\#(AssertionForge.rsaKey(short, kid: "rsa-1"))]}"#) }
        let claims = #"{"iss":"gp-system","sub":"gp-system"}"#
        let token = try forge.sign(#"{"alg":"RS512","kid":"rsa-1","typ":"JWT"}"#, claims, rsa: short)
        #expect(try await forge.refusal(AssertionForge.form(token))?.status == 401)
    }

    @Test("A-11, §14: keys and rules of the sender's choice", arguments: ["jku", "jwk", "x5u", "x5c", "crit"])
    func parametersThatChooseTheKeyAreRefused(name: String) async throws {
        let refusal = try await refusal(header: [name: #""https://evil.example/jwks""#])
        #expect(refusal?.status == 400 && refusal?.code == .invalidClient)
        #expect(forge.fetcher.requests.isEmpty)
    }

    @Test("A-11: repeated members, and more than 16 KiB")
    func ambiguousAndHugeAssertionsAreRefused() async throws {
        let claims = #"{"iss":"gp-system","sub":"gp-system","iss":"other"}"#
        let repeated = try forge.sign(#"{"alg":"RS512","kid":"rsa-1","typ":"JWT"}"#, claims)
        #expect(try await forge.refusal(AssertionForge.form(repeated))?.status == 400)
        let huge = try forge.assertion(["x": "\"\(String(repeating: "a", count: 16 * 1024))\""])
        #expect(try await forge.refusal(AssertionForge.form(huge))?.description.contains("16 KiB") == true)
    }

    // MARK: faults and their order (A-12, A-13, A-14)

    @Test(
        "A-14: statuses of the assertion's faults",
        arguments: [
            ("kid", #""other""#, true, 401), ("kid", nil, true, 400), ("kid", "7", true, 400),
            ("kid", #""../../etc/passwd""#, true, 401), ("kid", #""' OR 1=1 --""#, true, 401),
            ("typ", #""at+jwt""#, true, 400), ("typ", nil, true, 400),
            ("iss", nil, false, 400), ("sub", nil, false, 400), ("sub", #""other""#, false, 400),
            ("iss", "[]", false, 400),
            ("aud", nil, false, 401), ("aud", #""https://hub.example""#, false, 401), ("aud", "7", false, 400),
            ("aud", #""https://hub.example/oauth2/token/""#, false, 401),
            ("exp", nil, false, 400), ("exp", #""soon""#, false, 400), ("exp", "1790000100.5", false, 400),
            ("jti", nil, false, 400), ("jti", "7", false, 400), ("jti", #""""#, false, 400),
            ("iat", #""x""#, false, 400), ("nbf", "null", false, 400),
        ] as [(String, String?, Bool, Int)]
    )
    func faults(member: String, value: String?, isHeader: Bool, status: Int) async throws {
        let refusal = try await isHeader ? refusal(header: [member: value]) : refusal([member: value])
        #expect(refusal?.status == status && refusal?.code == .invalidClient, "\(refusal.map { "\($0)" } ?? "issued")")
        #expect(forge.replays.count == 0)
    }

    @Test("A-13: typ in any letter case, aud in a list or by another name of the endpoint")
    func otherFormsOfAGoodAssertion() async throws {
        #expect(try await refusal(header: ["typ": #""jwt""#]) == nil)
        #expect(try await refusal(["aud": #"["https://x.example","\#(AssertionForge.endpoint)"]"#]) == nil)
        #expect(try await refusal(["aud": #""https://gateway.example/token""#]) == nil)
    }

    @Test("A-13: exp at most 300 s ahead, 10 s of tolerance both ways")
    func timesAreBounded() async throws {
        let now = Int(AssertionForge.start.timeIntervalSince1970)
        for (claim, offset, isGood) in [
            ("exp", 310, true), ("exp", 311, false), ("exp", -9, true), ("exp", -10, false),
            ("iat", 10, true), ("iat", 11, false), ("nbf", 10, true), ("nbf", 11, false), ("iat", -100_000, true),
        ] {
            let refusal = try await refusal([claim: "\(now + offset)"])
            #expect((refusal == nil) == isGood, "\(claim) \(offset)")
            #expect(refusal == nil || refusal?.status == 400)
        }
        #expect(try await refusal(["exp": "\(Int64.max)"])?.status == 400)
    }

    @Test("A-13: client_id that differs from iss")
    func clientIDMustBeTheIssuer() async throws {
        let same = try await forge.refusal(AssertionForge.form(forge.assertion(), ["client_id": "gp-system"]))
        #expect(same == nil)
        let other = try await forge.refusal(AssertionForge.form(forge.assertion(), ["client_id": "other"]))
        #expect(other?.status == 401 && other?.code == .invalidClient)
    }

    @Test("§14: unknown and deactivated clients")
    func clientMustBeActive() async throws {
        let unknown = try await forge.refusal(AssertionForge.form(forge.assertion(client: "nobody")))
        #expect(unknown?.status == 401 && unknown?.code == .invalidClient)
        forge.change { $0.isEnabled = false }
        #expect(try await refusal()?.status == 401)
    }

    @Test("§2: no keys, and keys that cannot be fetched")
    func clientWithoutKeysIs403() async throws {
        forge.change { $0.keys = nil }
        #expect(try await refusal()?.status == 403)
        forge.change { $0.keys = .url("https://client.example/jwks") }
        let refusal = try await refusal()
        #expect(refusal?.status == 403 && refusal?.code == .invalidClient)
        #expect(forge.fetcher.requests == ["https://client.example/jwks"])
    }

    @Test("A-12: each check wins over the later ones")
    func orderOfChecks() async throws {
        let stranger = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        // From the last check to the first: each line spoils one more thing, and its own fault is what is said.
        var header: [String: String?] = [:]
        var claims: [String: String?] = [:]
        func description(_ key: _RSA.Signing.PrivateKey = AssertionForge.rsa) async throws -> String {
            let now = Int(AssertionForge.start.timeIntervalSince1970)
            let token = try forge.sign(
                AssertionForge.object(["alg": #""RS512""#, "typ": #""JWT""#, "kid": #""rsa-1""#], header),
                AssertionForge.object(
                    [
                        "iss": #""gp-system""#, "sub": #""gp-system""#, "aud": "\"\(AssertionForge.endpoint)\"",
                        "exp": "\(now + 300)", "jti": #""one""#,
                    ],
                    claims
                ),
                rsa: key
            )
            let form = AssertionForge.form(token, ["scope": "system/Nothing.r"])
            return try await forge.refusal(form)?.description ?? "issued"
        }
        #expect(try await description().contains("scope"))
        #expect(try await description().contains("jti"), "the scope's fault has used the assertion up")
        claims["exp"] = "1"
        #expect(try await description().contains("expired"))
        claims["aud"] = #""x""#
        #expect(try await description().contains("aud"))
        #expect(try await description(stranger).contains("signature"))
        header["kid"] = #""other""#
        #expect(try await description(stranger).contains("kid"))
        claims["iss"] = #""nobody""#
        claims["sub"] = #""nobody""#
        #expect(try await description(stranger).contains("not a client"))
        header["typ"] = #""x""#
        #expect(try await description(stranger).contains("typ"))
        header["kid"] = nil as String?
        #expect(try await description(stranger).contains("kid"))
        header["alg"] = #""HS256""#
        #expect(try await description(stranger).contains("alg"))
    }

    // MARK: replay (A-12)

    @Test("A-12, §14: a jti is good once, and again for another client")
    func replayIsRefused() async throws {
        let other = RegisteredClient(id: ClientID("other")!, name: "", scopes: Scopes(parsing: "system/Immunization.r"))
        var withKeys = other
        withKeys.keys = .inline(AssertionForge.jwks(ec: forge.ec))
        forge.clients.add(withKeys)
        let token = try forge.assertion(["jti": #""once""#])
        #expect(try await forge.refusal(AssertionForge.form(token)) == nil)
        let second = try await forge.refusal(AssertionForge.form(token))
        #expect(second?.status == 400 && second?.code == .invalidClient)
        #expect(try await refusal(["jti": #""once""#])?.status == 400)
        let elsewhere = try forge.assertion(["jti": #""once""#], client: "other")
        #expect(try await forge.refusal(AssertionForge.form(elsewhere)) == nil)
    }

    @Test("A-12, §14: a jti cannot be burned without the client's key")
    func badSignatureBurnsNothing() async throws {
        let good = try forge.assertion(["jti": #""precious""#])
        let parts = good.split(separator: ".")
        let forged = "\(parts[0]).\(parts[1]).\(Base64URL.encode([UInt8](repeating: 1, count: 256)))"
        #expect(try await forge.refusal(AssertionForge.form(forged))?.status == 401)
        // Nor by an assertion that is late or meant for another.
        #expect(try await refusal(["jti": #""precious""#, "aud": #""x""#])?.status == 401)
        #expect(try await refusal(["jti": #""precious""#, "exp": "1"])?.status == 400)
        #expect(forge.replays.count == 0)
        #expect(try await forge.refusal(AssertionForge.form(good)) == nil)
    }

    @Test("A-04: no token while used assertions cannot be looked up")
    func replayStoreAwayMeansNoToken() async throws {
        forge.replays.isAway.withLock { $0 = true }
        await #expect(throws: MemoryReplays.Away.self) {
            try await forge.refusal(AssertionForge.form(forge.assertion()))
        }
    }

    // MARK: scopes and the token (A-15, A-17, A-24)

    private func issue(
        _ more: [String: String?] = [:],
        certificate: ClientCertificate? = nil
    ) async throws -> IssuedToken {
        let form = try TokenForm(AssertionForge.form(forge.assertion(), more))
        return try await forge.endpoint().issue(form, certificate: certificate).token
    }

    @Test("A-15: all registered scopes of the mode, or those of them that are asked for")
    func scopesAreTheIntersection() async throws {
        #expect(try await issue().claims.scopes.description == "system/Immunization.rs")
        let some = try await issue(["scope": "system/Immunization.cruds system/AuditEvent.rs patient/Immunization.rs"])
        #expect(some.claims.scopes.description == "system/Immunization.rs")
        #expect(
            try await issue(["scope": "system/Immunization.s"]).claims.scopes.description == "system/Immunization.s"
        )
    }

    @Test("A-15: nothing of what is asked for is 400, nothing registered is 401")
    func noScopeIsNoToken() async throws {
        for wanted in ["system/AuditEvent.rs", "patient/Immunization.rs", "nonsense", "system/Immunization.sr"] {
            let refusal = try await forge.refusal(AssertionForge.form(forge.assertion(), ["scope": wanted]))
            #expect(refusal?.status == 400 && refusal?.code == .invalidScope)
        }
        forge.change { $0.scopes = Scopes(parsing: "patient/Immunization.rs") }
        let refusal = try await refusal()
        #expect(refusal?.status == 401 && refusal?.code == .unauthorizedClient)
    }

    @Test("A-14: a grant the client is not registered for")
    func grantMustBeRegistered() async throws {
        forge.change { $0.grants = [.tokenExchange] }
        #expect(try await refusal()?.code == .unauthorizedClient)
    }

    @Test("A-17: the token holds what it must and lives ten minutes at most, less when asked")
    func issuedTokenIsAnAccessToken() async throws {
        let token = try await issue()
        #expect(token.lifetime == 600 && token.claims.mode == .system && token.claims.subject == "gp-system")
        let parsed = try CompactToken(parsing: token.text)
        #expect(try parsed.header.text("typ") == "at+jwt")
        #expect(!parsed.claims.contains("nhs_number") && !parsed.claims.contains("herald_operator"))
        #expect(try await issue(["_access_token_expiry_ms": "60000"]).lifetime == 60)
        #expect(try await issue(["_access_token_expiry_ms": "999999999"]).lifetime == 600)
        let verifier = TokenVerifier(
            issuers: [.builtIn(name: AssertionForge.issuer, audience: TokenForge.audience, keys: KeyRing(forge.keys))],
            keySets: KeySetCache(fetcher: forge.fetcher),
            now: forge.clock.now
        )
        let caller = try await verifier.verify(authorizationHeader: "Bearer \(token.text)")
        #expect(caller.clientID.rawValue == "gp-system")
    }

    @Test("A-24: a client with certificates gets tokens bound to the one it shows")
    func tokensAreBoundToTheCertificate() async throws {
        forge.change { $0.certificateThumbprints = ["thumb-1", "thumb-2"] }
        #expect(try await refusal()?.status == 401)
        await #expect(throws: TokenRefusal.self) { try await issue(certificate: ClientCertificate(thumbprint: "x")) }
        let token = try await issue(certificate: ClientCertificate(thumbprint: "thumb-2"))
        #expect(try CompactToken(parsing: token.text).claims.members("cnf")?.text("x5t#S256") == "thumb-2")
    }

    @Test("A-53: no refusal repeats what was sent")
    func refusalsHoldNoSecret() async throws {
        let token = try forge.assertion(["aud": #""secret-audience""#], header: ["kid": #""secret-kid""#])
        let refusal = try await forge.refusal(AssertionForge.form(token))
        #expect(refusal?.description.contains("secret") == false)
        #expect(refusal?.client?.rawValue == "gp-system")
    }
}
