import Access
import FHIR
import Foundation
import HTTPTypes
package import Hummingbird
package import Logging

/// Turns every error into an OperationOutcome, names each request, and logs it without what may identify a patient.
package struct OutcomeMiddleware: RouterMiddleware {
    private let logger: Logger
    private let answers: ErrorAnswers

    package init(logger: Logger, answers: ErrorAnswers) {
        self.logger = logger
        self.answers = answers
    }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let given = request.headers[HeaderName.requestID].flatMap { UUID(uuidString: $0) == nil ? nil : $0 }
        let requestID = given ?? UUID().lowercaseText
        context.audit.note { record in
            record.requestID = requestID
            record.correlationID = Self.echo(request.headers[HeaderName.correlationID])
        }
        var response: Response
        do {
            if given == nil, let unusable = request.headers[HeaderName.requestID] {
                throw HubError.invalid(
                    "The header X-Request-ID must be a UUID; \(unusable.quotedForAnswer) is none. Send one, or leave it out."
                )
            }
            response = try await next(request, context)
        } catch {
            response = try outcome(of: error, requestID: requestID).response(from: request, context: context)
        }
        response.headers[HeaderName.requestID] = requestID
        response.headers[HeaderName.correlationID] = Self.echo(request.headers[HeaderName.correlationID])
        response.headers[HeaderName.contentTypeOptions] = "nosniff"
        let duration = ContinuousClock.now - start
        HTTPMetrics.served(
            request.method,
            route: context.endpointPath,
            status: response.status.code,
            in: duration
        )
        // The route, not the path or the query: a search carries an NHS number.
        logger.debug(
            "request served",
            metadata: [
                "http.method": "\(request.method.rawValue)", "http.route": "\(context.endpointPath ?? "none")",
                "http.status": "\(response.status.code)", "http.milliseconds": "\(Int(duration / .milliseconds(1)))",
                "http.request.id": "\(requestID)",
            ]
        )
        return response
    }

    private func outcome(of error: any Error, requestID: String) -> HubError {
        let answer = answers.answer(to: error)
        // What a route says by itself is no surprise.
        if answer.status.code >= 500, !(error is HubError) {
            logger.log(
                level: answers.isOutage(error) ? .warning : .error,
                "request failed",
                error: error,
                metadata: ["http.request.id": "\(requestID)"]
            )
        }
        return answer
    }

    /// The correlation id, unless it is too long or holds control characters (Q-11).
    private static func echo(_ text: String?) -> String? {
        guard let text, text.utf8.count <= 256, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        return text
    }
}
