import FHIR

/// The FHIR model and the vaccine type (immunization-mapping.md §3.4, §3.5).
extension ImmunizationInspection {
    mutating func inspectModel() {
        for found in resource.structureFaults(as: .immunization) {
            switch found.reason {
            case .missing: fault(found.text, .mandatory)
            case .value(.code): fault(RowFindingKind.codeText(at: found.path), .codeFormat)
            default: fault(found.text, .model)
            }
        }
    }

    /// The type whose diseases are exactly those of the resource.
    mutating func inspectVaccineType(among vaccineTypes: VaccineTypes) -> VaccineType? {
        let diseases = resource["protocolApplied"]?[0]?["targetDisease"]?.array ?? []
        let codes = diseases.compactMap { disease in
            disease["coding"]?.array?.first { $0["system"]?.string == FHIRSystem.snomed }?["code"]?.string
        }
        if let type = vaccineTypes.type(diseaseCodes: codes) { return type }
        let list = codes.map { "'\($0)'" }.joined(separator: ", ")
        fault(
            "protocolApplied[0].targetDisease[*].coding[?(@.system=='\(FHIRSystem.snomed)')].code - [\(list)] "
                + "is not a valid combination of disease codes for this service",
            .vaccineType
        )
        return nil
    }
}
