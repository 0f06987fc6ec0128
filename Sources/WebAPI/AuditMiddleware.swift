package import Access
import FHIR
import Foundation
import HTTPTypes
package import Hummingbird

/// Writes the audit record of every request to a protected endpoint before its answer leaves.
///
/// Which requests those are is said by ``BearerMiddleware``, before it refuses anything: nobody can add a protected route
/// and forget the trail. What cannot be recorded is answered with 503. A change whose record went with its own transaction
/// is not recorded twice.
package struct AuditMiddleware: RouterMiddleware {
    private let trail: any AuditTrail
    private let build: String
    private let answers: ErrorAnswers

    /// - Parameters:
    ///   - trail: Where records go.
    ///   - build: Which build of Herald this is.
    ///   - answers: What the caller is told of an error, which is what the record says too.
    package init(trail: any AuditTrail, build: String, answers: ErrorAnswers) {
        self.trail = trail
        self.build = build
        self.answers = answers
    }

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        context.audit.note { record in
            record.interaction = AuditInteraction(request.method)
            record.endpoint = "\(request.method.rawValue) \(request.uri.path.prefix(512))"
            record.parameters = AuditParameters.text(
                request.uri.queryParameters.map { (String($0.key), String($0.value)) }
            )
            record.sourceAddress = context.sourceAddress
            record.certificateSubject = context.certificate?.subject
            record.endUserOrganisation = request.headers[HeaderName.endUserOrganisation].map { String($0.prefix(64)) }
            record.build = build
        }
        let response: Response
        do {
            response = try await next(request, context)
        } catch {
            let answer = answers.answer(to: error)
            try await record(context, status: answer.status.code, issueCode: answer.issues.first?.type.rawValue)
            throw error
        }
        try await record(context, status: response.status.code, issueCode: nil)
        return response
    }

    private func record(_ context: HubContext, status: Int, issueCode: String?) async throws {
        // What comes too often is not looked at: a flood must not become a flood of records.
        guard context.audit.isOutstanding, status != 429 else { return }
        context.audit.note { record in
            record.issueCode = record.issueCode ?? issueCode
            if record.resources.isEmpty, let asked = AuditedResource(endpoint: record.endpoint, context.endpointPath) {
                record.resources = [asked]
            }
        }
        do {
            try await trail.record(context.audit.finished(status: status))
        } catch {
            throw AuditUnavailable(cause: error)
        }
    }

}

/// The audit trail cannot be written, and so nothing may be answered.
package struct AuditUnavailable: Error, CustomStringConvertible {
    package let cause: any Error

    package var description: String { "the audit trail cannot be written: \(cause)" }
}

extension AuditInteraction {
    /// What a method does where no route says it more exactly.
    fileprivate init(_ method: HTTPRequest.Method) {
        self =
            switch method {
            case .get, .head: .read
            case .put, .patch: .update
            case .delete: .delete
            default: .operation
            }
    }
}

extension AuditedResource {
    /// What a path names, for requests that were refused before anything was found: the segment at `{id}` of the route.
    fileprivate init?(endpoint: String?, _ route: String?) {
        guard let path = endpoint?.split(separator: " ").last, let route else { return nil }
        let asked = path.split(separator: "/")
        let template = route.split(separator: "/")
        guard asked.count == template.count, let place = template.firstIndex(where: { [":id", "{id}"].contains($0) }),
            place > 0,
            asked[place].utf8.count <= 64, asked[place].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.init(String(asked[place - 1]), id: String(asked[place]))
    }
}
