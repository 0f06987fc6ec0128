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
        if isDetail {
            json["details"] = ["text": .string(diagnostics)]
        } else {
            if severity == .error || httpErrorCode != nil { json["details"] = details }
            json["diagnostics"] = .string(diagnostics)
        }
        json["expression"] = expression.isEmpty ? nil : .array(expression.map { .string($0) })
        return .object(json)
    }

    // Two codings, because two are in circulation: the published system, and the one the immunisation service sends,
    // which differs from it by the case of one letter and repeats the issue type.
    private var details: JSONValue {
        let published = httpErrorCode.map {
            Self.coding("https://fhir.nhs.uk/CodeSystem/http-error-codes", $0.rawValue)
        }
        let service = Self.coding("https://fhir.nhs.uk/Codesystem/http-error-codes", type.rawValue.uppercased())
        return ["coding": .array([published, service].compactMap(\.self))]
    }

    private static func coding(_ system: String, _ code: String) -> JSONValue {
        ["system": .string(system), "code": .string(code)]
    }
}
