import Foundation
import Testing

@testable import Access

@Suite("What a caller may do (§11, A-30, A-31)")
struct CallerTests {
    let forge: TokenForge

    init() throws { forge = try TokenForge() }

    func caller(_ claims: String) async throws -> Caller {
        try await forge.verifier.verify(authorizationHeader: "Bearer \(forge.token(claims: claims))")
    }

    @Test func missingScopeIs403WithTheScopeThatIsNeeded() async throws {
        let caller = try await caller(forge.claims())
        try caller.require(#require(Scope("system/Immunization.s")))
        try caller.require([.read, .search], on: "Immunization")
        let wanted = try #require(Scope("system/Immunization.c"))
        let error = #expect(throws: AccessError.self) { try caller.require(wanted) }
        #expect(error == .insufficientScope(required: wanted))
        #expect(error?.statusCode == 403 && error?.issueCode == "forbidden")
        #expect(
            error?.wwwAuthenticate
                == #"Bearer realm="herald", error="insufficient_scope", scope="system/Immunization.c""#
        )
    }

    @Test("§11: a system token with patient scopes alone has none")
    func scopesOfAnotherModeGrantNothing() async throws {
        let caller = try await caller(forge.claims(["scope": #""patient/Immunization.rs user/Immunization.rs""#]))
        #expect(caller.mode == .system && caller.scopes.isEmpty)
        #expect(throws: AccessError.self) { try caller.require(.read, on: "Immunization") }
    }

    @Test("§11: without mode the narrower wins")
    func tokenWithoutModeActsInTheNarrowest() async throws {
        let scope = #""system/Immunization.cruds patient/Immunization.rs""#
        let caller = try await caller(forge.patientClaims(["mode": nil, "scope": scope]))
        #expect(caller.mode == .patient)
        #expect(throws: AccessError.self) { try caller.require(#require(Scope("system/Immunization.r"))) }
    }

    @Test("A-31: own number only")
    func patientReadsOwnRecordsOnly() async throws {
        let caller = try await caller(forge.patientClaims())
        #expect(caller.mayRead(nhsNumber: TokenForge.nhsNumber))
        for other in ["9991004114", "", " 9991000003", "999 100 0003", "99910000030"] {
            #expect(!caller.mayRead(nhsNumber: other))
            #expect(throws: AccessError.otherPatient) { try caller.requireReading(nhsNumber: other) }
        }
        #expect(AccessError.otherPatient.statusCode == 403 && AccessError.otherPatient.wwwAuthenticate == nil)
    }

    @Test("A-31: patients never write")
    func patientDoesNotWriteWhateverTheTokenSays() async throws {
        let caller = try await caller(
            forge.patientClaims(["scope": #""patient/Immunization.cruds herald/admin.write""#])
        )
        try caller.require([.read, .search], on: "Immunization")
        for interaction in [Interactions.create, .update, .delete] {
            #expect(throws: AccessError.self) { try caller.require(interaction, on: "Immunization") }
        }
        #expect(throws: AccessError.self) { try caller.require(.admin(.write)) }
    }

    @Test("A-30: number and vector", arguments: ["nhs_number", "vot"])
    func patientTokenMustIdentifyAPatient(claim: String) async throws {
        for value in [nil, #""""#, #""9991000004""#, #""P9.Cp""#, #""P5.Cp.Cd""#] {
            let caller = try await caller(forge.patientClaims([claim: value, "herald_operator": "true"]))
                .registered(as: nil)
            #expect(caller.scopes.isEmpty)
            let refusal = #expect(throws: AccessError.self) { try caller.require(.search, on: "Immunization") }
            #expect(refusal == .insufficientIdentity && refusal?.statusCode == 403)
        }
    }

    @Test func systemsReadEverybodyAndAreBoundToNobody() async throws {
        let caller = try await caller(forge.claims(["nhs_number": "\"\(TokenForge.nhsNumber)\""]))
        #expect(caller.nhsNumber == nil && caller.mayRead(nhsNumber: "9991004114"))
    }

    @Test("A-53: no NHS number in what is logged")
    func callerDescriptionHidesThePatient() async throws {
        let caller = try await caller(forge.patientClaims())
        var dumped = ""
        dump(caller, to: &dumped)
        for text in ["\(caller)", String(reflecting: caller), dumped] {
            #expect(!text.contains(TokenForge.nhsNumber), "\(text)")
        }
    }
}
