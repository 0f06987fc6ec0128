package import Access
import FHIR
import Foundation
package import HTTPTypes
package import Hummingbird
import NIOCore

/// An error a client is told about, as an OperationOutcome (`immunisation-history.md` §9).
package struct HubError: HTTPResponseError {
    package let status: HTTPResponse.Status
    let issues: [OperationOutcome.Issue]
    let headers: HTTPFields

    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - type: The issue's type.
    ///   - code: The published error code, where there is one for the status.
    ///   - diagnostics: A sentence that names the parameter, header or element at fault and says what to do; never a
    ///     patient's data.
    ///   - expression: The elements at fault, as FHIRPath.
    ///   - headers: Further headers of the answer.
    init(
        _ status: HTTPResponse.Status,
        _ type: OperationOutcome.IssueType,
        _ code: OperationOutcome.HTTPErrorCode? = nil,
        _ diagnostics: String,
        expression: [String] = [],
        headers: HTTPFields = [:]
    ) {
        let issue = OperationOutcome.Issue(
            type,
            httpErrorCode: code,
            diagnostics: diagnostics,
            expression: expression
        )
        self.init(status, [issue], headers: headers)
    }

    /// Several things that are wrong at once.
    init(_ status: HTTPResponse.Status, _ issues: [OperationOutcome.Issue], headers: HTTPFields = [:]) {
        self.status = status
        self.issues = issues
        self.headers = headers
    }

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
        let outcome = OperationOutcome(id: UUID(), issues: issues)
        var response = Response.fhir(outcome.json.bytes, status: status)
        response.headers.append(contentsOf: headers)
        return response
    }
}
