import Foundation
import JWTKit
import Testing

@testable import Access

///
@Suite("Issued tokens (A-17)")
struct TokenIssuerTests {
    let forge: TokenForge
    let client: ClientID

    init() throws {
        forge = try TokenForge()
        client = try #require(ClientID("gp-system"))
    }

    /// What an independent implementation reads out of the token.
    struct Claims: JWTPayload {
        let iss, sub, client_id, jti, scope, mode: String
        let aud: AudienceClaim
        let iat, exp: Int
        let nhs_number, vot, identity_proofing_level: String?
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    func claims(of token: IssuedToken) async throws -> Claims { try await claims(of: token.text) }

    func claims(of token: String) async throws -> Claims {
        let keys = try await JWTKeyCollection().add(jwksJSON: String(decoding: forge.keys.jwks, as: UTF8.self))
        return try await keys.verify(token, as: Claims.self)
    }

    @Test func anotherLibraryVerifiesASystemTokenWithThePublishedKeys() async throws {
        let token = try await forge.issuer.issue(client: client, scopes: Scopes(parsing: "system/Immunization.rs")).text
        let claims = try await claims(of: token)
        #expect(claims.iss == TokenForge.issuer)
        #expect(claims.aud.value == [TokenForge.audience])
        #expect(claims.sub == "gp-system" && claims.client_id == "gp-system")
        #expect(claims.mode == "system" && claims.scope == "system/Immunization.rs")
        #expect(claims.exp - claims.iat == 600)
        #expect(claims.iat == Int(TokenForge.start.timeIntervalSince1970))
        #expect(claims.nhs_number == nil && claims.vot == nil)
        #expect(UUID(uuidString: claims.jti) != nil)
    }

    @Test func headerNamesTypeAlgorithmAndKey() async throws {
        let token = try await forge.issuer.issue(client: client, scopes: Scopes(parsing: "system/Immunization.r"))
        let header = try CompactToken(parsing: token.text).header
        #expect(try header.text("typ") == "at+jwt")
        #expect(try header.text("alg") == "ES384")
        #expect(try header.text("kid") == forge.kid)
    }

    @Test func patientTokenCarriesNumberVectorAndLevel() async throws {
        let number = try #require(PatientNumber(TokenForge.nhsNumber))
        let token = try await forge.issuer.issue(
            client: client,
            scopes: Scopes(parsing: "patient/Immunization.rs"),
            subject: .patient(id: "citizen-7", nhsNumber: number, vectorOfTrust: .deviceKey)
        )
        let claims = try await claims(of: token)
        #expect(claims.sub == "citizen-7" && claims.mode == "patient")
        #expect(claims.nhs_number == TokenForge.nhsNumber)
        #expect(claims.vot == "P9.Cm" && claims.identity_proofing_level == "P9")
    }

    @Test(arguments: [(Duration.seconds(60), 60), (.seconds(3600), 600), (.seconds(-5), 1)])
    func lifetimeIsAtMostTenMinutes(asked: Duration, given: Int) async throws {
        let token = try await forge.issuer.issue(client: client, scopes: Scopes([]), lifetime: asked)
        let claims = try await claims(of: token)
        #expect(claims.exp - claims.iat == given)
    }

    @Test func scopesOfAnotherModeAreNotIssued() async throws {
        let asked = Scopes(parsing: "system/Immunization.rs patient/Immunization.rs herald/admin.read")
        let token = try await forge.issuer.issue(client: client, scopes: asked, subject: .user(id: "worker-1"))
        #expect(try await claims(of: token).scope == "herald/admin.read")
    }

    @Test func everyTokenHasItsOwnID() async throws {
        let first = try await claims(of: forge.issuer.issue(client: client, scopes: Scopes([])))
        let second = try await claims(of: forge.issuer.issue(client: client, scopes: Scopes([])))
        #expect(first.jti != second.jti)
    }

    @Test func ownVerifierTakesWhatOwnIssuerMakes() async throws {
        let number = try #require(PatientNumber(TokenForge.nhsNumber))
        let token = try await forge.issuer.issue(
            client: client,
            scopes: Scopes(parsing: "patient/Immunization.rs"),
            subject: .patient(id: "citizen-7", nhsNumber: number)
        )
        let caller = try await forge.verifier.verify(authorizationHeader: "bearer \(token.text)")
        #expect(caller.clientID == client && caller.subject == "citizen-7" && caller.mode == .patient)
        #expect(caller.nhsNumber == number)
        #expect(caller.expires == TokenForge.start.addingTimeInterval(600))
    }
}
