import FHIR
import Foundation
import HTTPTypes

/// An error of the national events' API as its clients know it (`nems.md` §2.4).
struct SpineRefusal: Error, Sendable {
    let status: HTTPResponse.Status
    /// The FHIR issue type.
    let type: String
    let code: SpineCode
    /// Names the header or element at fault, never a patient.
    let diagnostics: String
    var headers: HTTPFields = [:]

    init(
        _ status: HTTPResponse.Status,
        _ type: String,
        _ code: SpineCode,
        _ diagnostics: String,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.type = type
        self.code = code
        self.diagnostics = diagnostics
        self.headers = headers
    }

    /// What the hub refuses before or beside this API; its status stays.
    init(_ error: HubError) {
        let code: SpineCode =
            switch error.status {
            case .unauthorized: .missingOrInvalidHeader
            case .forbidden: .accessDenied
            case .notFound: .noRecordFound
            case .unsupportedMediaType: .unsupportedMediaType
            case .notImplemented: .notImplemented
            default: .badRequest
            }
        self.init(
            error.status,
            error.issues.first?.type.rawValue ?? "invalid",
            code,
            error.issues.first?.diagnostics ?? "The request was refused.",
            headers: error.headers
        )
    }

    /// 400: a header is not as it must be.
    static func header(_ diagnostics: String) -> SpineRefusal {
        SpineRefusal(.badRequest, "invalid", .missingOrInvalidHeader, diagnostics)
    }

    /// The OperationOutcome.
    var outcome: JSONValue { Self.outcome([(severity: "error", type: type, code: code, diagnostics: diagnostics)]) }

    /// An OperationOutcome of the Spine's profile.
    static func outcome(
        _ issues: [(severity: String, type: String, code: SpineCode, diagnostics: String)]
    ) -> JSONValue {
        [
            "resourceType": "OperationOutcome",
            "id": .string(UUID().lowercaseText),
            "meta": ["profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/Spine-OperationOutcome-1"]],
            "issue": .array(
                issues.map { issue in
                    [
                        "severity": .string(issue.severity), "code": .string(issue.type),
                        "details": [
                            "coding": [
                                [
                                    "system": "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1",
                                    "code": .string(issue.code.rawValue), "display": .string(issue.code.display),
                                ]
                            ]
                        ],
                        "diagnostics": .string(issue.diagnostics),
                    ]
                }
            ),
        ]
    }
}
