import FHIR

/// Stage 1, on which all others rest, and the identifier (immunization-mapping.md §3.1, §3.2).
extension ImmunizationInspection {
    /// Whether there is exactly one patient and at most one practitioner, with ids.
    mutating func inspectContained() -> Bool {
        guard let contained = resource["contained"] else {
            values.findings.append(.patientMissing(practitionerPresent: false))
            return false
        }
        guard let resources = objects(contained, at: "contained") else { return false }
        guard resources.allSatisfy({ $0["resourceType"] != nil }) else {
            fault("contained resources must have 'resourceType' key")
            return false
        }
        inspectCounts(resources)
        guard !hasErrors else { return false }
        inspectIDs()
        return !hasErrors
    }

    private mutating func inspectCounts(_ resources: [JSONValue]) {
        let patients = resources.count { $0["resourceType"]?.string == "Patient" }
        let practitioners = resources.count { $0["resourceType"]?.string == "Practitioner" }
        if patients + practitioners < resources.count {
            fault("contained must contain only Patient and Practitioner resources")
        }
        if patients != 1 { values.findings.append(.patientMissing(practitionerPresent: true)) }
        if practitioners > 1 { fault("contained must contain a maximum of one Practitioner resource") }
    }

    private mutating func inspectIDs() {
        let patient = contained("Patient")?["id"]?.string
        guard let patient, !patient.isEmpty else {
            return fault("The contained Patient resource must have an 'id' field")
        }
        guard let practitioner = contained("Practitioner") else { return }
        guard let id = practitioner["id"]?.string, !id.isEmpty else {
            return fault("The contained Practitioner resource must have an 'id' field")
        }
        if id == patient { fault("ids must not be duplicated amongst contained resources") }
    }

    /// Whether there is an identifier to know the record by; a row without one ends there too.
    mutating func inspectIdentifier() -> Bool {
        guard let identifier = resource["identifier"] else {
            fault("identifier is a mandatory field", .mandatory, .uniqueID)
            return false
        }
        guard let identifier = objects(identifier, at: "identifier", count: 1)?.first else { return true }
        inspectText(.uniqueID, identifier["value"])
        inspectText(.uniqueIDURI, identifier["system"])
        return true
    }
}
