/// The code and identifier systems Herald speaks (immunization-mapping.md §7).
package enum FHIRSystem {
    /// SNOMED CT and dm+d.
    package static let snomed = "http://snomed.info/sct"
    /// NHS numbers.
    package static let nhsNumber = "https://fhir.nhs.uk/Id/nhs-number"
    /// Codes of organisations in the Organisation Data Service.
    package static let odsCode = "https://fhir.nhs.uk/Id/ods-organization-code"
    /// URNs of schools.
    package static let schoolURN = "https://fhir.hl7.org.uk/Id/urn-school-number"
    /// Reasons why a code is absent.
    package static let nullFlavor = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
}

/// The extensions Herald reads and writes (immunization-mapping.md §7).
package enum FHIRExtension {
    /// What was done: the vaccination procedure of an Immunization.
    package static let vaccinationProcedure =
        "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-VaccinationProcedure"
    /// The preferred description of a SNOMED CT coding.
    package static let codingDescription =
        "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-CodingSCTDescDisplay"
}
