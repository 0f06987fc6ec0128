import CryptoExtras
import Foundation
import Testing

@testable import Access

/// Several issuers: A-01, A-20 with keys, algorithms, scopes and modes of each; A-24, A-30, A-33.
@Suite("Tokens of configured issuers (A-20)")
struct TrustedIssuerTests {
    static let name = "https://as.example"

    let forge: AssertionForge

    init() throws { forge = try AssertionForge() }

    private func issuer(
        kind: TrustedIssuer.Kind = .system,
        _ change: (inout TrustedIssuer) -> Void = { _ in }
    ) throws -> TrustedIssuer {
        let keys = try PublicKeySet(json: Array(AssertionForge.jwks(ec: forge.ec).utf8))
        var issuer = TrustedIssuer(
            name: Self.name,
            audiences: [TokenForge.audience],
            algorithms: [.rs512],
            keys: .fixed(keys),
            kind: kind
        )
        change(&issuer)
        return issuer
    }

    /// An access token of the issuer; members as JSON values.
    private func token(_ claims: [String: String?] = [:], header: [String: String?] = [:]) throws -> String {
        let now = Int(AssertionForge.start.timeIntervalSince1970)
        let good = [
            "iss": "\"\(Self.name)\"", "sub": #""gp-system""#, "client_id": #""gp-system""#,
            "aud": "\"\(TokenForge.audience)\"", "iat": "\(now)", "exp": "\(now + 3600)", "jti": #""t-1""#,
            "scope": #""system/Immunization.rs""#,
        ]
        return try forge.sign(
            AssertionForge.object(["alg": #""RS512""#, "typ": #""at+jwt""#, "kid": #""rsa-1""#], header),
            AssertionForge.object(good, claims)
        )
    }

    private func caller(_ token: String, _ issuer: TrustedIssuer) async throws -> Caller {
        let own = TrustedIssuer.builtIn(
            name: TokenForge.issuer,
            audience: TokenForge.audience,
            keys: KeyRing(forge.keys)
        )
        let verifier = TokenVerifier(
            issuers: [own, issuer],
            keySets: KeySetCache(fetcher: forge.fetcher),
            now: forge.clock.now
        )
        return try await verifier.verify(authorizationHeader: "Bearer \(token)")
    }

    private func fault(_ token: String, _ issuer: TrustedIssuer) async throws -> TokenFault? {
        do {
            _ = try await caller(token, issuer)
            return nil
        } catch AccessError.invalidToken(let fault) {
            return fault
        }
    }

    @Test("A-01: a configured issuer's token is accepted, another's not")
    func configuredIssuersAreTrusted() async throws {
        let caller = try await caller(token(), issuer())
        #expect(caller.issuer == Self.name && caller.clientID.rawValue == "gp-system" && caller.mode == .system)
        #expect(try await fault(token(["iss": #""https://as.example/""#]), issuer()) == .issuer)
    }

    @Test("A-20 row 3: the list of the issuer counts, not that of another one")
    func algorithmsAreTheIssuers() async throws {
        // The built-in issuer signs with ES384, which this one may not, although the key is in its set.
        let header: [String: String?] = ["alg": #""ES384""#, "kid": #""ec-1""#]
        #expect(try await fault(token(header: header), issuer()) == .algorithm)
        #expect(try await fault(token(header: header), issuer { $0.algorithms = [.es384] }) == nil)
        #expect(try await fault(token(header: ["alg": #""RS256""#]), issuer()) == .algorithm)
    }

    @Test("A-20 row 5: one issuer's key is nothing under another's name")
    func keysAreTheIssuers() async throws {
        let own = forge.keys.active(at: AssertionForge.start).id.rawValue
        let stolen = try token(header: ["alg": #""ES384""#, "kid": "\"\(own)\""])
        #expect(try await fault(stolen, issuer { $0.algorithms = [.es384] }) == .key)
        // And the external issuer cannot make the hub's own tokens.
        #expect(try await fault(token(["iss": "\"\(TokenForge.issuer)\""]), issuer()) == .algorithm)
    }

    @Test("A-20 row 5, A-04: keys that cannot be fetched")
    func keysAwayIsARefusal() async throws {
        let location = KeyLocation(url: "https://as.example/jwks", isClientSupplied: false)
        #expect(try await fault(token(), issuer { $0.keys = .fetched(location) }) == .keysUnavailable)
        forge.fetcher.answer(location.url, AssertionForge.jwks(ec: forge.ec))
        #expect(try await fault(token(), issuer { $0.keys = .fetched(location) }) == nil)
    }

    @Test("A-20 row 8: an hour at most unless the issuer may give more")
    func lifeIsTheIssuers() async throws {
        let now = Int(AssertionForge.start.timeIntervalSince1970)
        let long = try token(["exp": "\(now + 3601)"])
        #expect(try await fault(long, issuer()) == .lifetime)
        #expect(try await fault(long, issuer { $0.maximumLifetime = 7200 }) == nil)
    }

    @Test("A-20 row 9: typ as configured; an id token is none")
    func typesAreTheIssuers() async throws {
        let jwt = try token(header: ["typ": #""JWT""#])
        #expect(try await fault(jwt, issuer()) == .type)
        #expect(try await fault(jwt, issuer { $0.types = ["JWT"] }) == nil)
        let idToken = try token(["scope": nil, "nonce": #""n""#, "vot": #""P9.Cp.Cd""#], header: ["typ": #""JWT""#])
        #expect(try await fault(idToken, issuer(kind: .patient) { $0.types = ["JWT"] }) == .scope)
    }

    @Test("A-20a, §14: an issuer of one kind makes no tokens of another mode")
    func kindLimitsTheMode() async throws {
        #expect(try await fault(token(["mode": #""system""#]), issuer(kind: .patient)) == .mode)
        #expect(try await fault(token(["mode": #""user""#]), issuer(kind: .system)) == .mode)
        let patient = try await caller(token(), issuer(kind: .patient))
        #expect(patient.mode == .patient && patient.scopes.isEmpty)
    }

    @Test("A-01: an operator's mark counts in the hub's own tokens only")
    func noOtherIssuerMakesOperators() async throws {
        let caller = try await caller(token(["herald_operator": "true"]), issuer())
        #expect(throws: AccessError.unknownClient) { try caller.registered(as: nil) }
    }

    @Test("§8: claims by other names")
    func claimNamesAreTheIssuers() async throws {
        let issuer = try issuer {
            $0.clientIDClaim = "azp"
            $0.scopeClaim = "scp"
        }
        let token = try token(["client_id": nil, "azp": #""gp""#, "scope": nil, "scp": #""system/Immunization.r""#])
        let caller = try await caller(token, issuer)
        #expect(caller.clientID.rawValue == "gp" && caller.scopes.description == "system/Immunization.r")
    }

    @Test(
        "§11: NHS scope strings",
        arguments: [
            (TrustedIssuer.Kind.system, "urn:nhsd:apim:app:level3:imms", "system/Immunization.cruds"),
            (.patient, "urn:nhsd:apim:user-nhs-login:P9:imms", "patient/Immunization.rs"),
            (.patient, "urn:nhsd:apim:user-nhs-login:P5:imms", ""),
            (.worker, "urn:nhsd:apim:user-nhs-cis2:aal3:imms", "user/Immunization.rs"),
            (.worker, "urn:nhsd:apim:user-nhs-cis2:aal2:imms", "user/Immunization.rs"),
            (.worker, "urn:nhsd:apim:user-nhs-cis2:aal1:imms", ""),
            (.system, "urn:nhsd:apim:app:level3:other", ""), (.system, "URN:nhsd:apim:app:level3:imms", ""),
            (.system, "system/*.rs", ""), (.system, "system/*.cruds system/Immunization.s", "system/Immunization.s"),
        ]
    )
    func scopeStringsAreMapped(kind: TrustedIssuer.Kind, claim: String, scopes: String) async throws {
        let issuer = try issuer(kind: kind) { $0.scopeMap = ScopeMap(nhsAPI: "imms") }
        let caller = try await caller(token(["scope": "\"\(claim)\""]), issuer)
        #expect(caller.scopes.description == scopes)
        // The map is per issuer.
        let unmapped = try await self.caller(token(["scope": "\"\(claim)\""]), self.issuer(kind: kind))
        #expect(unmapped.scopes.description == (scopes.contains("Immunization.s") ? "system/Immunization.s" : ""))
    }

    // MARK: rows 10 to 13

    private func client(
        _ scopes: String,
        _ change: (inout RegisteredClient) -> Void = { _ in }
    ) throws -> RegisteredClient {
        var client = RegisteredClient(
            id: try #require(ClientID("gp-system")),
            name: "",
            scopes: Scopes(parsing: scopes)
        )
        change(&client)
        return client
    }

    @Test("A-20 row 10, §11: registered, active, and no scope beyond the registration")
    func registrationLimits() async throws {
        let caller = try await caller(token(["scope": #""system/Immunization.cruds""#]), issuer())
        #expect(
            try caller.registered(as: client("system/Immunization.r")).scopes.description == "system/Immunization.r"
        )
        #expect(throws: AccessError.unknownClient) { try caller.registered(as: nil) }
        #expect(throws: AccessError.disabledClient) {
            try caller.registered(as: client("system/Immunization.r") { $0.isEnabled = false })
        }
        #expect(AccessError.unknownClient.statusCode == 401 && AccessError.revokedToken.statusCode == 401)
    }

    @Test("A-20 row 11, A-24: a bound token, and a client with certificates")
    func certificatesAreRequired() async throws {
        let bound = try await caller(token(["cnf": #"{"x5t#S256":"thumb"}"#]), issuer())
        let free = try await caller(token(), issuer())
        let client = try client("system/Immunization.rs")
        func shown(_ thumbprint: String?) -> Presentation {
            Presentation(certificate: thumbprint.map { ClientCertificate(thumbprint: $0) })
        }
        for presentation in [shown(nil), shown("other")] {
            #expect(throws: AccessError.certificate) { try bound.registered(as: client, showing: presentation) }
        }
        #expect(try !bound.registered(as: client, showing: shown("thumb")).scopes.isEmpty)
        let strict = try self.client("system/Immunization.rs") { $0.certificateThumbprints = ["thumb"] }
        #expect(throws: AccessError.certificate) { try free.registered(as: strict) }
        #expect(throws: AccessError.certificate) { try free.registered(as: strict, showing: shown("other")) }
        #expect(try !free.registered(as: strict, showing: shown("thumb")).scopes.isEmpty)
        #expect(AccessError.certificate.statusCode == 401)
    }

    @Test("A-24: a binding that cannot be checked is not passed over", arguments: [#"{"jkt":"x"}"#, "{}"])
    func otherBindingsAreRefused(cnf: String) async throws {
        #expect(try await fault(token(["cnf": cnf]), issuer()) == .confirmation)
        #expect(try await fault(token(["cnf": #""x""#]), issuer()) == .claimType)
    }

    @Test("A-30: the client's minimum, for tokens of other issuers too")
    func patientLevelIsTheClients() async throws {
        func caller(_ vot: String) async throws -> Caller {
            let claims: [String: String?] = [
                "scope": #""patient/Immunization.rs""#, "vot": "\"\(vot)\"",
                "nhs_number": "\"\(TokenForge.nhsNumber)\"",
            ]
            return try await self.caller(token(claims), issuer(kind: .patient))
        }
        let strict = try client("patient/Immunization.rs")
        let content = try client("patient/Immunization.rs") { $0.minimumProofing = .p5 }
        try await caller("P9.Cp.Cd").registered(as: strict).require(.search, on: "Immunization")
        try await caller("P5.Cp.Cd").registered(as: content).require(.search, on: "Immunization")
        for (vot, client) in [("P5.Cp.Cd", strict), ("P9.Cp", strict), ("P9.Cp", content), ("P0.Cp.Cd", content)] {
            let registered = try await caller(vot).registered(as: client)
            #expect(throws: AccessError.insufficientIdentity) { try registered.require(.search, on: "Immunization") }
            #expect(registered.scopes.isEmpty)
        }
    }

    @Test("A-20 rows 12 and 13: a missing scope is said before a missing identity")
    func scopeComesBeforeMode() async throws {
        let claims: [String: String?] = ["scope": #""patient/Immunization.r""#, "vot": #""P5.Cp.Cd""#]
        let caller = try await caller(token(claims), issuer(kind: .patient))
            .registered(as: client("patient/Immunization.rs"))
        #expect(throws: AccessError.insufficientIdentity) { try caller.require(.read, on: "Immunization") }
        let refusal = #expect(throws: AccessError.self) { try caller.require(.search, on: "Immunization") }
        #expect(refusal?.wwwAuthenticate?.contains("insufficient_scope") == true)
    }

    private static func roles(_ ids: String...) -> String {
        "[\(ids.map { #"{"id":"\#($0)","org":"A20047","code":"R8008","activities":["B0570"]}"# }.joined(separator: ","))]"
    }

    @Test("A-33: assurance, role and activities of a worker")
    func workerNeedsARole() async throws {
        let client = try client("user/Immunization.rs")
        func refusal(
            _ claims: [String: String?],
            chosen: [String] = [],
            _ policy: WorkerPolicy = WorkerPolicy()
        ) async throws -> AccessError? {
            let good: [String: String?] = [
                "scope": #""user/Immunization.rs""#, "aal": "3", "sds_user_id": #""910000000001""#,
                "roles": Self.roles("1"),
            ]
            let caller = try await caller(token(good.merging(claims) { $1 }), issuer(kind: .worker))
                .registered(as: client, showing: Presentation(sessionRoles: chosen), policy: policy)
            do throws(AccessError) {
                try caller.require(.search, on: "Immunization")
                #expect(caller.role?.organisation == "A20047")
                return nil
            } catch {
                #expect(caller.scopes.isEmpty)
                return error
            }
        }
        #expect(try await refusal([:]) == nil)
        #expect(try await refusal([:], chosen: ["1"]) == nil)
        #expect(try await refusal(["aal": "1"]) == .worker(.assurance))
        #expect(try await refusal(["aal": nil]) == .worker(.assurance))
        #expect(try await refusal(["aal": "2"], WorkerPolicy(minimumAssurance: 3)) == .worker(.assurance))
        #expect(try await refusal(["roles": nil]) == .worker(.noRole))
        #expect(try await refusal(["roles": Self.roles("1", "2")]) == .worker(.severalRoles))
        #expect(try await refusal(["roles": Self.roles("1", "2")], chosen: ["2"]) == nil)
        #expect(try await refusal([:], chosen: ["2"]) == .worker(.otherRole))
        #expect(try await refusal([:], chosen: ["1", "1"]) == .worker(.severalRoles))
        #expect(try await refusal([:], WorkerPolicy(requiredActivities: ["B0570"])) == nil)
        #expect(try await refusal([:], WorkerPolicy(requiredActivities: ["B0570", "B1"])) == .worker(.activity))
        #expect(AccessError.worker(.activity).statusCode == 403)
    }
}
