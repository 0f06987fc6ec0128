import HTTPTypes
package import Hummingbird

/// The headers that every answer has so that browsers and caches do no harm with it.
package struct SecurityHeadersMiddleware: RouterMiddleware {
    private let isTLS: Bool

    /// - Parameter isTLS: Whether clients speak TLS with this listener, and must from now on.
    package init(isTLS: Bool) { self.isTLS = isTLS }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        Self.complete(&response.headers, isTLS: isTLS)
        return response
    }

    /// What a route has set stays.
    static func complete(_ headers: inout HTTPFields, isTLS: Bool) {
        headers[HeaderName.contentTypeOptions] = "nosniff"
        headers[.cacheControl] = headers[.cacheControl] ?? "no-store"
        headers[HeaderName.referrerPolicy] = headers[HeaderName.referrerPolicy] ?? "no-referrer"
        headers[.contentSecurityPolicy] =
            headers[.contentSecurityPolicy] ?? "default-src 'none'; frame-ancestors 'none'"
        if isTLS { headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
    }
}
