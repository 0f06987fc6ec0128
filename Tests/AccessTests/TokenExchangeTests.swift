import CryptoExtras
import Foundation
import Testing

@testable import Access

/// Id tokens of NHS login and CIS2 for access tokens: each check of A-16.
@Suite("Token exchange (A-16)")
struct TokenExchangeTests {
    let forge: AssertionForge

    init() throws { forge = try AssertionForge() }

    private func refusal(
        _ claims: [String: String?] = [:],
        header: [String: String?] = [:]
    ) async throws -> TokenRefusal? {
        try await refusal(of: forge.idToken(claims, header: header))
    }

    private func refusal(of idToken: String, _ more: [String: String?] = [:]) async throws -> TokenRefusal? {
        try await forge.refusal(AssertionForge.exchange(forge.assertion(), idToken, more))
    }

    private func issue(_ idToken: String) async throws -> IssuedToken {
        let form = try TokenForm(AssertionForge.exchange(forge.assertion(), idToken))
        return try await forge.endpoint().issue(form, certificate: nil).token
    }

    @Test("A-17: a patient's token is bound to the id token's number, vector and time")
    func patientTokenIsBound() async throws {
        let token = try await issue(forge.idToken())
        #expect(token.claims.mode == .patient && token.claims.subject == "citizen-7")
        #expect(token.claims.nhsNumber?.digits == TokenForge.nhsNumber)
        #expect(token.claims.scopes.description == "patient/Immunization.rs")
        let claims = try CompactToken(parsing: token.text).claims
        #expect(try claims.text("vot") == "P9.Cp.Cd" && claims.text("identity_proofing_level") == "P9")
        #expect(try claims.integer("auth_time") == Int64(AssertionForge.start.timeIntervalSince1970) - 10)
        #expect(!claims.contains("family_name") && token.lifetime == 600)
    }

    @Test("A-17: never beyond the id token's exp")
    func patientTokenEndsWithTheIDToken() async throws {
        let now = Int(AssertionForge.start.timeIntervalSince1970)
        #expect(try await issue(forge.idToken(["exp": "\(now + 45)"])).lifetime == 45)
        #expect(try await refusal(["exp": "\(now)"])?.status == 400)
    }

    @Test("A-12: the client's assertion is checked first, and used up")
    func assertionComesFirst() async throws {
        let bad = try forge.assertion(["aud": #""x""#])
        let refusal = try await forge.refusal(AssertionForge.exchange(bad, "not a token"))
        #expect(refusal?.code == .invalidClient)
        #expect(try await self.refusal(of: "not a token")?.code == .invalidGrant)
        #expect(forge.replays.count == 1)
    }

    @Test(
        "A-14: fields of the exchange",
        arguments: [
            ("subject_token", nil), ("subject_token_type", nil), ("subject_token_type", "urn:x"),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), ("actor_token", "x"),
        ] as [(String, String?)]
    )
    func formFaults(field: String, value: String?) async throws {
        let refusal = try await refusal(of: forge.idToken(), [field: value])
        #expect(refusal?.status == 400 && refusal?.code == .invalidRequest)
        #expect(refusal?.description.contains(field) == true)
    }

    @Test(
        "A-16: faults of the id token",
        arguments: [
            ("iss", #""https://evil.example""#, 400, "invalid_grant"), ("iss", nil, 400, "invalid_grant"),
            ("aud", nil, 401, "invalid_grant"), ("aud", #""other-app""#, 401, "invalid_grant"),
            ("aud", #"["app-at-idp","other-app"]"#, 401, "invalid_grant"), ("aud", "[]", 401, "invalid_grant"),
            ("exp", nil, 400, "invalid_grant"), ("exp", "1", 400, "invalid_grant"),
            ("exp", #""1790000600""#, 400, "invalid_grant"), ("iat", "1990000000", 400, "invalid_grant"),
            ("sub", nil, 400, "invalid_grant"), ("sub", "7", 400, "invalid_grant"),
            ("nhs_number", nil, 400, "invalid_grant"), ("nhs_number", #""9991000004""#, 400, "invalid_grant"),
            ("nhs_number", "9991000003", 400, "invalid_grant"),
            ("nhs_number", #"["9991000003"]"#, 400, "invalid_grant"),
            ("vot", nil, 401, "unauthorized_client"), ("vot", #""P9.Cp""#, 401, "unauthorized_client"),
            ("vot", #""P5.Cp.Cd""#, 401, "unauthorized_client"), ("vot", #""P0.Cp.Cd""#, 401, "unauthorized_client"),
            ("vot", "9", 400, "invalid_grant"),
            ("identity_proofing_level", #""P5""#, 401, "unauthorized_client"),
            ("identity_proofing_level", nil, 401, "unauthorized_client"),
            ("act", #"{"sub":"x"}"#, 400, "invalid_grant"),
        ] as [(String, String?, Int, String)]
    )
    func claimFaults(claim: String, value: String?, status: Int, code: String) async throws {
        let refusal = try await refusal([claim: value])
        #expect(refusal?.status == status && refusal?.code.rawValue == code, "\(refusal?.description ?? "issued")")
    }

    @Test(
        "A-16: header of the id token",
        arguments: [
            ("alg", #""none""#, 400), ("alg", #""HS512""#, 400), ("alg", #""RS384""#, 400), ("alg", #""ES384""#, 400),
            ("alg", #""RS256""#, nil), ("kid", nil, 400), ("kid", #""other""#, 401), ("typ", #""at+jwt""#, 400),
            ("typ", nil, 400), ("jku", #""https://evil.example""#, 400),
        ] as [(String, String?, Int?)]
    )
    func headerFaults(name: String, value: String?, status: Int?) async throws {
        #expect(try await refusal(header: [name: value])?.status == status)
    }

    @Test("A-16: another's signature")
    func signatureMustHold() async throws {
        let stranger = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let good = try forge.idToken().split(separator: ".")
        let header = try #require(Base64URL.decode(good[0].utf8)), claims = try #require(Base64URL.decode(good[1].utf8))
        let forged = try forge.sign(
            String(decoding: header, as: UTF8.self),
            String(decoding: claims, as: UTF8.self),
            rsa: stranger
        )
        let refusal = try await refusal(of: forged)
        #expect(refusal?.status == 401 && refusal?.code == .invalidGrant)
    }

    @Test("A-16: P5 for a client that is content with it, and no further")
    func minimumProofingIsTheClients() async throws {
        forge.change { $0.minimumProofing = .p5 }
        #expect(try await refusal(["vot": #""P5.Cp.Cd""#, "identity_proofing_level": #""P5""#]) == nil)
        #expect(try await refusal(["vot": #""P5.Cp""#])?.code == .unauthorizedClient)
        #expect(try await refusal(["vot": #""P0.Cp.Cd""#])?.code == .unauthorizedClient)
        #expect(try await refusal() == nil)
    }

    @Test("A-16: a client without names at the identity provider exchanges nothing")
    func idTokenOfAnotherPartyIsRefused() async throws {
        forge.change { $0.idpClientIDs = [] }
        let refusal = try await refusal()
        #expect(refusal?.status == 401 && refusal?.code == .invalidGrant)
    }

    @Test("A-15: no scope registered for patients is 401")
    func modeNeedsAScope() async throws {
        forge.change { $0.scopes = Scopes(parsing: "system/Immunization.rs") }
        #expect(try await refusal()?.code == .unauthorizedClient)
    }

    @Test("A-16, A-17: a worker's level, id and roles come along")
    func workerTokenHoldsItsRoles() async throws {
        let token = try await issue(forge.workerToken())
        let claims = try CompactToken(parsing: token.text).claims
        #expect(token.claims.mode == .user && token.claims.scopes.description == "user/Immunization.rs")
        #expect(try claims.integer("aal") == 3 && claims.text("sds_user_id") == "910000000001")
        let role = try #require(try claims.objects("roles").first)
        #expect(try role.text("id") == "200102838414" && role.text("org") == "A20047")
        #expect(try role.texts("activities") == ["B0570"])
    }

    @Test(
        "A-16: a worker's assurance level",
        arguments: [("1", 401), (nil, 401), (#""1""#, 401), ("2", nil), (#""x""#, 401), ("[3]", 400)]
            as [(String?, Int?)]
    )
    func assuranceIsRequired(level: String?, status: Int?) async throws {
        let refusal = try await refusal(of: forge.workerToken(["authentication_assurance_level": level]))
        #expect(refusal?.status == status)
    }

    @Test("A-04: an identity provider whose keys cannot be fetched vouches for nobody")
    func keysAwayMeansNoToken() async throws {
        let provider = IdentityProvider(
            kind: .nhsLogin,
            issuer: AssertionForge.idp,
            keys: .fetched(KeyLocation(url: "https://idp.example/jwks", isClientSupplied: false))
        )
        let form = try AssertionForge.exchange(forge.assertion(), forge.idToken())
        let refusal = try await forge.refusal(form, at: forge.endpoint(providers: [provider]))
        #expect(refusal?.status == 401 && refusal?.code == .invalidGrant)
        #expect(forge.fetcher.requests == ["https://idp.example/jwks"])
    }
}
