import FHIR
package import Hummingbird

/// What anybody may read about what the FHIR side can do.
package struct DiscoveryRoutes: Sendable {
    private let publicURL: String

    /// - Parameter publicURL: The hub's public address.
    package init(publicURL: String) { self.publicURL = publicURL }

    /// Adds the CapabilityStatement, which tells of the routes that the router has by now.
    package func add(to router: Router<HubContext>) {
        for release in FHIRRelease.allCases {
            let statement = CapabilityStatement(publicURL: publicURL, routes: router.routes, release: release).json
                .bytes
            router.get("FHIR/\(release.path)/metadata") { _, _ in Response.fhir(statement) }
        }
    }
}
