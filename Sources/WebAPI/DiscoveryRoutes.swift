import FHIR
package import Hummingbird

/// What anybody may read: whether the hub is alive, what its FHIR side can do.
package struct DiscoveryRoutes: Sendable {
    private let publicURL: String
    private let isReady: @Sendable () async -> Bool

    /// - Parameters:
    ///   - publicURL: The hub's public address.
    ///   - isReady: Whether requests can be served: the database answers.
    package init(publicURL: String, isReady: @escaping @Sendable () async -> Bool) {
        self.publicURL = publicURL
        self.isReady = isReady
    }

    /// Adds `/_ping`, `/_status` and the CapabilityStatement.
    package func add(to router: Router<HubContext>) {
        router.get("_ping") { _, _ in Response.json(Array(#"{"status":"pass","service":"herald"}"#.utf8)) }
        router.get("_status") { _, _ in
            let ready = await isReady()
            let json =
                #"{"status":"\#(ready ? "pass" : "fail")","checks":{"postgresql":"\#(ready ? "pass" : "fail")"}}"#
            return Response.json(Array(json.utf8), status: ready ? .ok : .serviceUnavailable)
        }
        router.get("FHIR/R4/metadata") { _, _ in
            Response.fhir(CapabilityStatement(publicURL: publicURL).json.bytes)
        }
    }
}
