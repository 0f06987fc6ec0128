/// What is answered without a token (`auth.md` §12).
package enum OpenEndpoints {
    /// Whether the hub is alive: never refused for its rate, for who asks must get an answer above all then.
    package static let health: Set = ["/_ping", "/_status"]

    /// What anybody may read, so often.
    package static let discovery: Set = [
        "/", "/dashboard.css", "/dashboard.js", "/FHIR/R4/metadata", "/FHIR/R4B/metadata",
        "/FHIR/R4/.well-known/smart-configuration",
        "/.well-known/jwks.json", "/.well-known/smart-configuration", "/.well-known/oauth-authorization-server",
    ]

    /// Whether a path is one that anybody may read: one of these, or a definition that the topic names.
    static func isDiscovery(_ path: String) -> Bool {
        discovery.contains(path) || path.hasPrefix("/FHIR/SearchParameter/")
            || path.hasPrefix("/FHIR/SubscriptionTopic/")
    }

    /// Where tokens are asked for.
    package static let token = "/oauth2/token"
}
