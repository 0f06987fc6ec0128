package import Access
import Foundation
import HTTPTypes
package import Hummingbird
package import Operations

/// Whether the hub is alive, and how it is (`immunisation-history.md` §11).
package struct HealthRoutes: Sendable {
    private let build: BuildIdentity
    private let key: StatusKey?
    private let report: @Sendable () async -> HealthReport

    /// - Parameters:
    ///   - build: Which build this is.
    ///   - key: What `/_status` is asked with; nil: nobody may.
    ///   - report: Looks at everything.
    package init(build: BuildIdentity, key: StatusKey?, report: @escaping @Sendable () async -> HealthReport) {
        self.build = build
        self.key = key
        self.report = report
    }

    /// Adds `/_ping` and `/_status`.
    package func add(to router: Router<HubContext>) {
        router.get("_ping") { _, _ in Response.json(try Self.encode(build)) }
        router.get("_status") { request, _ in
            let given = request.headers[values: HeaderName.apiKey]
            guard let key, given.count == 1, key.matches(given[0]) else { return Response(status: .unauthorized) }
            return Response.json(try Self.encode(await report()))
        }
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
