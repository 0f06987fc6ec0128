package import Access
import HTTPTypes
package import Hummingbird

/// Lets nobody past without a valid access token (`auth.md` §10).
package struct BearerMiddleware: RouterMiddleware {
    private let verifier: TokenVerifier
    private let clients: ClientRegistry

    package init(verifier: TokenVerifier, clients: ClientRegistry) {
        self.verifier = verifier
        self.clients = clients
    }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        // A token in the URL would end up in logs (A-20, row 1).
        guard request.uri.queryParameters["access_token"] == nil else { throw HubError(.tokenOutsideHeader) }
        var context = context
        do {
            let caller = try await verifier.verify(authorizationHeaders: request.headers[values: .authorization])
            context.client = try await clients.client(caller.clientID)
            context.caller = try caller.registered(as: context.client)
        } catch let error as AccessError {
            throw HubError(error)
        }
        return try await next(request, context)
    }
}

extension Caller {
    /// Refuses with a 403 unless the token covers the interactions.
    func mustHave(_ interactions: Interactions, on resourceType: String) throws(HubError) {
        do throws(AccessError) {
            try require(interactions, on: resourceType)
        } catch {
            throw HubError(error)
        }
    }
}
