package import Access
import FHIR
import Foundation
package import HTTPTypes
package import Hummingbird
import NIOCore

/// An error a client is told about, as an OperationOutcome (`immunisation-history.md` §9).
package struct HubError: HTTPResponseError {
    package let status: HTTPResponse.Status
    private let issue: OperationOutcome.Issue
    private let headers: HTTPFields

    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - type: The issue's type.
    ///   - code: The published error code, where there is one for the status.
    ///   - diagnostics: A sentence that names the parameter, header or element at fault and says what to do; never a
    ///     patient's data.
    ///   - headers: Further headers of the answer.
    init(
        _ status: HTTPResponse.Status,
        _ type: OperationOutcome.IssueType,
        _ code: OperationOutcome.HTTPErrorCode? = nil,
        _ diagnostics: String,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        issue = OperationOutcome.Issue(type, httpErrorCode: code, diagnostics: diagnostics)
        self.headers = headers
    }

    /// A parameter or a header that cannot be used.
    static func invalid(_ diagnostics: String) -> HubError {
        HubError(.badRequest, .invalid, .badRequest, diagnostics)
    }

    /// A thing that is not there, or not for the caller to see.
    static func notFound(_ diagnostics: String) -> HubError {
        HubError(.notFound, .notFound, .notFound, diagnostics)
    }

    /// Something failed that is not the caller's fault; the cause is in the log only.
    static let internalError = HubError(
        .internalServerError,
        .exception,
        .serverError,
        "The request could not be served. Try again; if it fails again, tell the operator the X-Request-ID."
    )

    /// The database cannot be reached just now.
    static let unavailable = HubError(
        .serviceUnavailable,
        .transient,
        .unavailable,
        "A service this request needs is away for the moment. Try again later.",
        headers: [.retryAfter: "5"]
    )

    package init(_ error: AccessError) {
        var headers: HTTPFields = [:]
        if let challenge = error.wwwAuthenticate { headers[.wwwAuthenticate] = challenge }
        self.init(
            HTTPResponse.Status(code: error.statusCode),
            OperationOutcome.IssueType(rawValue: error.issueCode) ?? .forbidden,
            error.statusCode == 401 ? .unauthorized : .forbidden,
            error.description,
            headers: headers
        )
    }

    package func response(from request: Request, context: some RequestContext) throws -> Response {
        let outcome = OperationOutcome(id: UUID(), issues: [issue])
        var response = Response.fhir(outcome.json.bytes, status: status)
        response.headers.append(contentsOf: headers)
        return response
    }
}
