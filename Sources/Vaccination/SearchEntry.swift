package import FHIR

/// The form in which a search returns a stored Immunization (immunisation-history.md Q-83, Q-84).
package struct SearchEntry: Sendable {
    private let patient: JSONValue

    /// The form for one response.
    ///
    /// - Parameters:
    ///   - patientReference: the `fullUrl` of the response's Patient entry.
    ///   - nhsNumber: the patient's number; nil for a record without one, which only an identifier search finds.
    package init(patientReference: String, nhsNumber: NHSNumber?) {
        var patient = JSONObject()
        patient["reference"] = .string(patientReference)
        patient["type"] = "Patient"
        patient["identifier"] = nhsNumber.map { .nhsNumberIdentifier($0) }
        self.patient = .object(patient)
    }

    /// The resource with less about people: no contained resources, no practitioners, the patient by reference.
    ///
    /// Version and id stay (Q-81). An identifier without a `use` is called official; one that has it keeps it.
    package func transform(_ resource: JSONValue) -> JSONValue {
        guard var result = resource.object else { return resource }
        result["contained"] = nil
        result["patient"] = patient
        if let performers = result["performer"]?.array {
            // Everything contained is gone, so a reference to it would lead nowhere.
            let kept = performers.filter { $0.at("actor", "reference")?.string?.hasPrefix("#") != true }
            result["performer"] = kept.isEmpty ? nil : .array(kept)
        }
        if var identifiers = result["identifier"]?.array, let first = identifiers.first?.object, first["use"] == nil {
            identifiers[0] = .object(JSONObject([JSONObject.Member(name: "use", value: "official")] + first.members))
            result["identifier"] = .array(identifiers)
        }
        return .object(result)
    }
}

extension JSONValue {
    /// The FHIR identifier of an NHS number, reduced to system and value (Q-82).
    static func nhsNumberIdentifier(_ number: NHSNumber) -> JSONValue {
        ["system": .string(FHIRSystem.nhsNumber), "value": .string(number.digits)]
    }
}
