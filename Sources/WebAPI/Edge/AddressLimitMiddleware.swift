package import Hummingbird

/// Limits how often an address may ask for what needs no token, tokens among it, and for what is not there.
///
/// ``BearerMiddleware`` limits the rest.
package struct AddressLimitMiddleware: RouterMiddleware {
    private let limiter: RateLimiter

    package init(limiter: RateLimiter) { self.limiter = limiter }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        switch context.endpointPath {
        case OpenEndpoints.token?: try limiter.admitToken(address: context.addressKey)
        case let path? where OpenEndpoints.isDiscovery(path): try limiter.admit(address: context.addressKey)
        case nil: try limiter.admit(address: context.addressKey)
        default: break
        }
        return try await next(request, context)
    }
}
