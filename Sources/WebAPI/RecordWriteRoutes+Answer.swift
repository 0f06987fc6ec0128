import FHIR
import Foundation
import HTTPTypes
import Hummingbird
import Vaccination

extension RecordWriteRoutes {
    /// The answer to a write in the form the client prefers: without a body unless it asks for one.
    func answer(
        _ request: Request,
        _ context: HubContext,
        _ written: RecordVersion,
        status: HTTPResponse.Status,
        headers: HTTPFields
    ) async throws -> Response {
        var headers = headers
        let wanted = Preferences(request).answer
        switch (wanted, written.resource) {
        case (.minimal, _), (.representation, nil): return Response(status: status, headers: headers)
        case (.representation, let resource?):
            headers[HeaderName.preferenceApplied] = "return=representation"
            let redaction = try await store.redaction(of: [written.nhsNumber], isOn: redactsRestricted, for: context)
            return .fhir(try redaction.apply(toBytes: resource), status: status, headers: headers)
        case (.operationOutcome, _):
            headers[HeaderName.preferenceApplied] = "return=OperationOutcome"
            let issue = OperationOutcome.Issue(
                .informational,
                severity: .information,
                diagnostics: "The record \(written.id) \(written.sentence)."
            )
            let outcome = OperationOutcome(id: UUID(), issues: [issue])
            return .fhir(outcome.json.bytes, status: status, headers: headers)
        }
    }
}

extension RecordVersion {
    fileprivate var sentence: String {
        switch effect {
        case .created: "was created with version \(version)"
        case .corrected: "is live with version \(version)"
        case .removed: "was deleted; version \(version) stays on file"
        }
    }
}
