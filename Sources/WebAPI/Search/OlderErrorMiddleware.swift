import Access
import FHIR
import HTTPTypes
package import Hummingbird

/// Errors and versions of the older API (`immunisation-history.md` Q-151): the code is always `processing`, or `forbidden` for
/// a token that cannot be used, and there are no details.
package struct OlderErrorMiddleware: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request,
        context: HubContext,
        next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        var version = "1.0"
        do {
            version = try Self.version(request.headers[values: .accept])
            response = try await next(request, context)
        } catch let error as HubError where error.status.code < 500 {
            context.audit.note { $0.issueCode = error.issues.first?.type.rawValue }
            response = Self.response(to: error)
        }
        response.headers[HeaderName.version] = version
        return response
    }

    /// The version that `Accept` asks for, `1.0` or `2.0`; both have the same answers.
    private static func version(_ headers: [String]) throws(HubError) -> String {
        let wishes = headers.flatMap { MediaRange.list($0) }.compactMap { range in
            // The header of this API may hold the version alone.
            range.parameters["version"] ?? (range.type.hasPrefix("version=") ? String(range.type.dropFirst(8)) : nil)
        }
        switch wishes.first {
        case nil, "1", "1.0": return "1.0"
        case "2", "2.0": return "2.0"
        default: throw .invalid("The header Accept must ask for version=1.0 or version=2.0.")
        }
    }

    private static func response(to error: HubError) -> Response {
        let isRefusal = error.status == .unauthorized || error.status == .forbidden
        let issues = error.issues.map { issue -> JSONValue in
            [
                "severity": "error", "code": isRefusal ? "forbidden" : "processing",
                "diagnostics": .string(issue.diagnostics),
            ]
        }
        let outcome: JSONValue = ["resourceType": "OperationOutcome", "issue": .array(issues)]
        return .fhir(outcome.bytes, status: error.status, headers: error.headers)
    }
}
