package import Access
package import Hummingbird

/// Lets nobody past who is not an operator; stands behind ``BearerMiddleware``.
package struct OperatorMiddleware: RouterMiddleware {
    private let right: Scope.AdminRight

    /// - Parameter right: What the operator must be allowed.
    package init(_ right: Scope.AdminRight = .read) { self.right = right }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        let caller = try context.requireCaller()
        do throws(AccessError) {
            try caller.require(.admin(right))
        } catch {
            throw HubError(error)
        }
        return try await next(request, context)
    }
}
