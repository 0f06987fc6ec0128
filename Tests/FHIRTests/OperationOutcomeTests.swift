import FHIR
import Foundation
import Testing

@Suite struct OperationOutcomeTests {
    private let id = UUID(
        uuid: (0x0A, 0x5B, 0x1F, 0x6E, 0x7D, 0x1C, 0x4A, 0x2E, 0x9A, 0x70, 0x64, 0xF4, 0xD5, 0xF0, 0xC9, 0xB2)
    )

    @Test func errorsCarryBothCodings() throws {
        let outcome = OperationOutcome(
            id: id,
            issues: [
                .init(
                    .duplicate,
                    httpErrorCode: .unprocessableEntity,
                    diagnostics: "A live record already holds identifier https://supplierABC/identifiers/vacc#FLU-0001",
                    expression: ["Immunization.identifier[0]"]
                )
            ]
        )
        let expected = try JSONValue(
            parsing: """
                { "resourceType": "OperationOutcome", "id": "0a5b1f6e-7d1c-4a2e-9a70-64f4d5f0c9b2",
                  "issue": [ { "severity": "error", "code": "duplicate",
                    "details": { "coding": [
                      { "system": "https://fhir.nhs.uk/CodeSystem/http-error-codes", "code": "UNPROCESSABLE_ENTITY" },
                      { "system": "https://fhir.nhs.uk/Codesystem/http-error-codes", "code": "DUPLICATE" } ] },
                    "diagnostics": "A live record already holds identifier https://supplierABC/identifiers/vacc#FLU-0001",
                    "expression": [ "Immunization.identifier[0]" ] } ] }
                """
        )
        #expect(outcome.json.differences(from: expected) == [])
    }

    @Test func warningsGoWithoutCodings() throws {
        let issue = OperationOutcome.Issue(.notFound, severity: .warning, diagnostics: "nothing")
        let json = OperationOutcome(id: id, issues: [issue]).json
        #expect(json["issue"]?[0]?.object?.members.map(\.name) == ["severity", "code", "diagnostics"])
        #expect(json["issue"]?[0]?["code"] == "not-found")
        #expect(json["issue"]?[0]?["severity"] == "warning")
    }
}
