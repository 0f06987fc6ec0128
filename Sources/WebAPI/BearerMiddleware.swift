package import Access
import HTTPTypes
package import Hummingbird

/// Lets nobody past without a valid access token (`auth.md` §10).
package struct BearerMiddleware: RouterMiddleware {
    private let verifier: TokenVerifier
    private let clients: ClientRegistry
    private let revocations: RevocationList
    private let workerPolicy: WorkerPolicy
    private let limiter: RateLimiter
    private let isProduction: Bool

    /// - Parameters:
    ///   - verifier: What tokens are checked with.
    ///   - clients: Who is registered.
    ///   - revocations: Which tokens are good no more.
    ///   - limiter: Counts requests.
    ///   - workerPolicy: What healthcare workers must show.
    ///   - isProduction: Whether the vaccine type `*` grants nothing.
    package init(
        verifier: TokenVerifier,
        clients: ClientRegistry,
        revocations: RevocationList,
        limiter: RateLimiter,
        workerPolicy: WorkerPolicy = WorkerPolicy(),
        isProduction: Bool
    ) {
        self.verifier = verifier
        self.clients = clients
        self.revocations = revocations
        self.limiter = limiter
        self.workerPolicy = workerPolicy
        self.isProduction = isProduction
    }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        try limiter.check(address: context.addressKey)
        context.audit.requireRecord()
        // A token in the URL would end up in logs (A-20, row 1).
        guard request.uri.queryParameters["access_token"] == nil else { throw HubError(.tokenOutsideHeader) }
        var context = context
        do {
            let caller = try await verifier.verify(authorizationHeaders: request.headers[values: .authorization])
            let registration = try await clients.registration(of: caller.clientID)
            context.client = registration?.client
            context.audit.note { $0.note(caller, registration?.client) }
            guard try await !revocations.contains(caller.tokenID) else { throw AccessError.revokedToken }
            let registered = try caller.registered(
                as: registration?.client,
                showing: Presentation(
                    certificate: context.certificate,
                    sessionRoles: request.headers[values: HeaderName.sessionRole]
                ),
                policy: workerPolicy
            )
            // The role in which a worker asks is known only now.
            context.audit.note { $0.note(registered, registration?.client) }
            context.permissions = registered.permissions(registration, isProduction: isProduction)
            context.caller = registered
            try limiter.admit(client: caller.clientID, own: registration?.client.rateLimit)
        } catch let error as AccessError {
            if error.statusCode == 401 { limiter.refused(address: context.addressKey) }
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
