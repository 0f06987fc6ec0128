/// What scope strings of another naming stand for (§11); whatever is not in the map is read as SMART, and grants nothing if
/// it is not that either.
package struct ScopeMap: Hashable, Sendable {
    private var scopes: [String: Scopes] = [:]

    /// A map without entries.
    package init() {}

    /// The strings NHS England's platform gives for an API, `urn:nhsd:apim:…:API` (`auth.md` §1, §11).
    package init(nhsAPI api: String) {
        self.init()
        self["urn:nhsd:apim:app:level3:\(api)"] = Scopes(parsing: "system/Immunization.cruds")
        self["urn:nhsd:apim:user-nhs-login:P9:\(api)"] = Scopes(parsing: "patient/Immunization.rs")
        for assurance in ["aal2", "aal3"] {
            self["urn:nhsd:apim:user-nhs-cis2:\(assurance):\(api)"] = Scopes(parsing: "user/Immunization.rs")
            self["urn:nhsd:apim:user-nhs-id:\(assurance):\(api)"] = Scopes(parsing: "user/Immunization.rs")
        }
    }

    /// What a string stands for, compared exactly.
    package subscript(text: String) -> Scopes? {
        get { scopes[text] }
        set { scopes[text] = newValue }
    }

    /// A `scope` claim as Herald's scopes.
    func parse(_ claim: String) -> Scopes {
        Scopes(
            claim.split(separator: " ").flatMap { word in scopes[String(word)]?.list ?? Scope(word).map { [$0] } ?? [] }
        )
    }
}
