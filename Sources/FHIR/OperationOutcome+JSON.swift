extension OperationOutcome {
    /// The outcome as a FHIR resource.
    package var json: JSONValue {
        ["resourceType": "OperationOutcome", "id": .string(id.lowercaseText), "issue": .array(issues.map(\.json))]
    }
}

extension OperationOutcome.Issue {
    fileprivate var json: JSONValue {
        var json = JSONObject()
        json["severity"] = .string(severity.rawValue)
        json["code"] = .string(type.rawValue)
        json["details"] = httpErrorCode.map { details($0) }
        json["diagnostics"] = .string(diagnostics)
        json["expression"] = expression.isEmpty ? nil : .array(expression.map { .string($0) })
        return .object(json)
    }

    // Two codings, because two are in circulation: the published system, and the one the immunisation service sends,
    // which differs from it by the case of one letter and repeats the issue type.
    private func details(_ code: OperationOutcome.HTTPErrorCode) -> JSONValue {
        [
            "coding": [
                [
                    "system": "https://fhir.nhs.uk/CodeSystem/http-error-codes",
                    "code": .string(code.rawValue),
                ],
                [
                    "system": "https://fhir.nhs.uk/Codesystem/http-error-codes",
                    "code": .string(type.rawValue.uppercased()),
                ],
            ]
        ]
    }
}
