package import FHIR

/// Applies every rule to an Immunization that was received as JSON (immunization-mapping.md §3).
///
/// The rules of values and the set of mandatory elements are those of the rows: an Immunization made from a row passes
/// exactly if the row does, and fails with the same kinds. Like with rows, what can be found together is reported
/// together: values and missing elements at once, then the FHIR model, then the vaccine type. Without a proper patient
/// and without an identifier nothing else is looked at.
package struct ImmunizationValidator: Sendable {
    private let vaccineTypes: VaccineTypes
    private let now: Int64

    /// A validator.
    ///
    /// - Parameters:
    ///   - vaccineTypes: the configured types; a resource belongs to the one whose diseases it names.
    ///   - now: microseconds since 1970, UTC.
    package init(vaccineTypes: VaccineTypes, now: Int64) {
        self.vaccineTypes = vaccineTypes
        self.now = now
    }

    /// Checks a resource as it was received.
    package func check(_ resource: JSONValue) -> ImmunizationCheckResult {
        guard !resource.holdsNullCharacter else { return .rejected([.nullCharacter]) }
        var inspection = ImmunizationInspection(resource: resource, now: now)
        guard inspection.inspectContained(), inspection.inspectIdentifier() else {
            return .rejected(inspection.findings)
        }
        inspection.inspectResource()
        inspection.inspectPatient()
        inspection.inspectVaccination()
        inspection.inspectPractitioner()
        inspection.inspectProcedure()
        inspection.inspectDoses()
        inspection.inspectProduct()
        inspection.inspectSiteAndRoute()
        inspection.inspectLocation()
        if !inspection.hasErrors { inspection.inspectModel() }
        let vaccineType = inspection.hasErrors ? nil : inspection.inspectVaccineType(among: vaccineTypes)
        guard let vaccineType, let occurrence = inspection.values.occurrence, !inspection.hasErrors else {
            return .rejected(inspection.findings)
        }
        let flat = ImmunizationFlattener.flatten(resource, action: .new).flat
        let record = VaccinationRecord(
            flat: flat,
            resource: resource,
            vaccineType: vaccineType,
            id: RecordID(RecordIdentifier(system: flat[.uniqueIDURI], value: flat[.uniqueID])),
            nhsNumber: inspection.values.nhsNumber,
            occurrence: occurrence
        )
        return .accepted(record, warnings: inspection.findings)
    }
}

/// What the checks made of an Immunization.
package enum ImmunizationCheckResult: Sendable {
    /// The record can be written like one of a row; warnings change nothing.
    case accepted(VaccinationRecord, warnings: [RowFinding])
    /// The resource has no effect.
    case rejected([RowFinding])
}

extension JSONValue {
    /// Whether any string in it holds U+0000, which PostgreSQL cannot store.
    fileprivate var holdsNullCharacter: Bool {
        switch self {
        case .null, .bool, .number: false
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.holdsNullCharacter)
        case .object(let object):
            object.members.contains { $0.name.utf8.contains(0) || $0.value.holdsNullCharacter }
        }
    }
}
