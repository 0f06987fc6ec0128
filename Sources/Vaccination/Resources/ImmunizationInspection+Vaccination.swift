import FHIR

/// What happened, when, where and by whom (immunization-mapping.md §3.2).
extension ImmunizationInspection {
    /// Type, elements that may stand at all, references and status.
    mutating func inspectResource() {
        if resource["resourceType"]?.string != "Immunization" {
            fault(
                "This service only accepts FHIR Immunization Resources (i.e. resourceType must equal 'Immunization')"
            )
        }
        inspectElements(of: resource, "Immunization", allowed: AllowedElements.immunization)
        inspectElements(of: contained("Patient"), "Patient", allowed: AllowedElements.patient)
        inspectElements(of: contained("Practitioner"), "Practitioner", allowed: AllowedElements.practitioner)
        inspectReferences()
        if let status = resource["status"], status != "completed" {
            fault("status must be one of the following: completed", .notAllowed)
        }
    }

    private mutating func inspectElements(of resource: JSONValue?, _ type: String, allowed: Set<String>) {
        let strangers = resource?.object?.members.map(\.name).filter { !allowed.contains($0) } ?? []
        for name in strangers.prefix(50) {
            let name = name.prefix(64)
            fault("\(name) is not an allowed element of the \(type) resource for this service", .elementNotAllowed)
        }
    }

    private mutating func inspectReferences() {
        let reference = resource.at("patient", "reference")?.string ?? ""
        if !reference.hasPrefix("#") {
            fault("patient.reference must be a single reference to a contained Patient resource", .reference)
        } else if reference.dropFirst() != contained("Patient")?["id"]?.string ?? "" {
            fault("patient.reference does not match the id of the contained Patient resource", .reference)
        }
        let performers = resource["performer"]?.array ?? []
        let references = performers.compactMap { $0.at("actor", "reference")?.string }.filter { $0.hasPrefix("#") }
        guard let practitioner = contained("Practitioner")?["id"]?.string else {
            if !references.isEmpty {
                fault(
                    "performer must not contain internal references when there is no contained Practitioner resource",
                    .reference
                )
            }
            return
        }
        if references.contains(where: { $0.dropFirst() != practitioner }) {
            fault(
                "performer must not contain any internal references other than to the contained Practitioner resource",
                .reference
            )
        } else if references.count != 1 {
            let often = references.isEmpty ? "be referenced from performer" : "only be referenced once from performer"
            fault("contained Practitioner resource must \(often)", .reference)
        }
    }

    /// When, by which organisation, when recorded and by whom told.
    mutating func inspectVaccination() {
        inspect(.dateAndTime, resource["occurrenceDateTime"]) { values, text in
            values.inspectOccurrence(FeedDateTime.parseISO(text.span))
        }
        inspectOrganization()
        inspect(.recordedDate, resource["recorded"]) { values, text in
            let time = FHIRDateTime(utf8: text.span)
            switch time?.precision {
            case .day: values.inspectRecorded(day: time?.date.daysSince1970)
            case .second(let digits) where digits <= 6 && time?.offsetMinutes != nil:
                values.inspectRecorded(day: time?.date.daysSince1970, time: time?.firstMicrosecond)
            default: values.inspectRecorded(day: nil)
            }
        }
        switch resource["primarySource"] {
        case .bool: break
        case nil: values.add(.mandatory, .primarySource)
        default: values.add(.notBoolean, .primarySource)
        }
    }

    private mutating func inspectOrganization() {
        let performers = resource["performer"]?.array ?? []
        let organizations = performers.compactMap { $0["actor"] }.filter { $0["type"]?.string == "Organization" }
        guard organizations.count <= 1 else {
            return fault(RowFinding.organizationMissing(.siteCode).text, .structure, .siteCode)
        }
        guard let organization = organizations.first else {
            values.findings += [FeedColumn.siteCode, .siteCodeTypeURI].map { .organizationMissing($0) }
            return
        }
        inspectText(.siteCode, organization.at("identifier", "value"))
        inspectText(.siteCodeTypeURI, organization.at("identifier", "system"))
    }

    mutating func inspectLocation() {
        inspectText(.locationCode, resource.at("location", "identifier", "value"))
        inspectText(.locationCodeTypeURI, resource.at("location", "identifier", "system"))
    }
}

/// The elements this service takes (immunization-mapping.md §3.2).
private enum AllowedElements {
    /// `narrative` is refused as no element of FHIR's, later; the true name of the narrative, `text`, is not allowed.
    static let immunization: Set<String> = [
        "resourceType", "meta", "narrative", "contained", "id", "extension", "identifier", "status", "vaccineCode",
        "patient", "occurrenceDateTime", "recorded", "primarySource", "manufacturer", "location", "lotNumber",
        "expirationDate", "site", "route", "doseQuantity", "performer", "reasonCode", "protocolApplied",
    ]
    static let patient: Set<String> = [
        "resourceType", "id", "identifier", "name", "gender", "birthDate", "address",
    ]
    static let practitioner: Set<String> = ["resourceType", "id", "name"]
}
