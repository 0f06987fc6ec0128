import Access
import FHIR
package import Hummingbird

/// Answers errors as the national events' API does, in the form that is asked for (`nems.md` §2.2, §2.4).
package struct SpineMiddleware: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        let form = SpineForm(accept: request.headers[values: .accept])
        do {
            guard form != nil else {
                throw SpineRefusal(
                    .unsupportedMediaType,
                    "invalid",
                    .unsupportedMediaType,
                    "The header Accept must allow one of: \(SpineForm.names)."
                )
            }
            return try await next(request, context)
        } catch let refusal as SpineRefusal {
            return try Self.answer(refusal, form, context)
        } catch let error as HubError where error.status.code < 500 || error.status == .notImplemented {
            return try Self.answer(SpineRefusal(error), form, context)
        }
    }

    private static func answer(_ refusal: SpineRefusal, _ form: SpineForm?, _ context: HubContext) throws -> Response {
        context.audit.note { $0.issueCode = refusal.type }
        return try (form ?? .standard).response(refusal.outcome, status: refusal.status, headers: refusal.headers)
    }
}
