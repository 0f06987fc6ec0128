package import FHIR
import HTTPTypes
package import Hummingbird

/// Refuses to answer in a form that Herald does not have; stands before the FHIR routes.
package struct AcceptMiddleware: RouterMiddleware {
    private let release: FHIRRelease

    /// - Parameter release: What the routes behind it answer in.
    package init(_ release: FHIRRelease = .r4) { self.release = release }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        try Self.check(request.headers[values: .accept], release)
        return try await next(request, context)
    }

    /// - Throws: ``HubError`` 406, or 501 where nothing is wrong but the version.
    static func check(_ headers: [String], _ release: FHIRRelease = .r4) throws(HubError) {
        let wishes = headers.flatMap { MediaRange.list($0) }.filter(\.isWanted)
        guard headers.contains(where: { !$0.isEmpty }) else { return }
        let fits = wishes.map { $0.fit(to: release) }
        guard !fits.contains(.fits) else { return }
        if fits.contains(.newerVersion) {
            throw .notImplemented("The header Accept asks for a version this hub does not have; ask for version=1.")
        }
        throw .notAcceptable(
            "The header Accept must allow application/fhir+json, in FHIR version \(release.mediaTypeVersion)."
        )
    }
}
