import Testing

@testable import Access

@Suite("Scope grammar (§11)")
struct ScopeTests {
    @Test(arguments: [
        ("system/Immunization.rs", "system/Immunization.rs"), ("user/Immunization.cruds", "user/Immunization.cruds"),
        ("patient/Immunization.s", "patient/Immunization.s"), ("system/Immunization.read", "system/Immunization.rs"),
        ("system/Immunization.write", "system/Immunization.cud"),
        ("system/Subscription.crus", "system/Subscription.crus"),
        ("herald/admin.read", "herald/admin.read"), ("herald/admin.write", "herald/admin.write"),
    ])
    func parsesAndWritesBack(text: String, canonical: String) throws {
        #expect(try #require(Scope(text)).description == canonical)
    }

    @Test(arguments: [
        "", "system", "system/", "system/Immunization", "system/Immunization.", "system/Immunization.sr",
        "system/Immunization.rr", "system/Immunization.dur", "system/Immunization.RS", "System/Immunization.rs",
        "system/immunization.rs", "system/*.rs", "*/Immunization.rs", "system/Immunization.*", "system/Immunization.x",
        "system/Immunization.rs?category=x", "system/Immunization.r.s", "launch/patient", "openid", "herald/admin",
        "herald/admin.rs", "herald/Admin.read", "system/admin.read", "system/Immunization.rs ",
        "a/system/Immunization.rs",
        "system/Immunization.readwrite",
    ])
    func otherTextsAreNotScopes(text: String) {
        #expect(Scope(text) == nil)
    }

    @Test func lettersAddUpAcrossScopes() throws {
        let scopes = Scopes(parsing: "system/Immunization.r  openid system/Immunization.s")
        #expect(scopes.description == "system/Immunization.rs")
        #expect(scopes.contains(try #require(Scope("system/Immunization.rs"))))
        #expect(scopes.contains(try #require(Scope("system/Immunization.s"))))
        #expect(!scopes.contains(try #require(Scope("system/Immunization.rus"))))
        #expect(!scopes.contains(try #require(Scope("user/Immunization.r"))))
        #expect(!scopes.contains(try #require(Scope("system/Subscription.r"))))
    }

    @Test func intersectionIsWhatBothGrant() {
        let token = Scopes(parsing: "system/Immunization.cruds system/AuditEvent.rs herald/admin.read")
        let registered = Scopes(parsing: "system/Immunization.rs herald/admin.read herald/admin.write")
        #expect(token.intersection(registered).description == "herald/admin.read system/Immunization.rs")
    }

    @Test func onlyScopesOfTheModeCount() {
        let scopes = Scopes(
            parsing: "system/Immunization.rs patient/Immunization.rs user/Immunization.r herald/admin.read"
        )
        #expect(scopes.restricted(to: .system).description == "herald/admin.read system/Immunization.rs")
        #expect(scopes.restricted(to: .user).description == "herald/admin.read user/Immunization.r")
        #expect(scopes.restricted(to: .patient).description == "patient/Immunization.rs")
    }

    @Test(arguments: [
        ("system/Immunization.rs patient/Immunization.rs user/Immunization.r", AccessMode.patient),
        ("system/Immunization.rs user/Immunization.r", .user), ("system/Immunization.rs", .system), ("", .system),
    ])
    func narrowestModeWins(scopes: String, mode: AccessMode) {
        #expect(Scopes(parsing: scopes).narrowestMode == mode)
    }
}
