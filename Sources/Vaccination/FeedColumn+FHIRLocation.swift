extension FeedColumn {
    /// Where the column's value lives in the Immunization, as acknowledgements name it (immunization-mapping.md §2).
    ///
    /// For the two forename columns this is the list of given names, which is what a *missing* name is reported
    /// under; see ``fhirValueLocation`` for a wrong one.
    package var fhirLocation: String {
        switch self {
        case .nhsNumber: Self.patient + ".identifier[?(@.system=='https://fhir.nhs.uk/Id/nhs-number')].value"
        case .personForename: Self.patient + ".name[0].given"
        case .personSurname: Self.patient + ".name[0].family"
        case .personDOB: Self.patient + ".birthDate"
        case .personGenderCode: Self.patient + ".gender"
        case .personPostcode: Self.patient + ".address[0].postalCode"
        case .dateAndTime: "occurrenceDateTime"
        case .siteCode: Self.organization + ".value"
        case .siteCodeTypeURI: Self.organization + ".system"
        case .uniqueID: "identifier[0].value"
        case .uniqueIDURI: "identifier[0].system"
        case .actionFlag: "ACTION_FLAG"  // not part of the resource; the header is all a reader could be told
        case .performingProfessionalForename: Self.practitioner + ".name[0].given"
        case .performingProfessionalSurname: Self.practitioner + ".name[0].family"
        case .recordedDate: "recorded"
        case .primarySource: "primarySource"
        case .vaccinationProcedureCode: Self.procedure + ".code"
        case .vaccinationProcedureTerm: Self.procedure + ".display"
        case .doseSequence: "protocolApplied[0].doseNumberPositiveInt"
        case .vaccineProductCode: "vaccineCode" + Self.snomedCoding + ".code"
        case .vaccineProductTerm: "vaccineCode" + Self.snomedCoding + ".display"
        case .vaccineManufacturer: "manufacturer.display"
        case .batchNumber: "lotNumber"
        case .expiryDate: "expirationDate"
        case .siteOfVaccinationCode: "site" + Self.snomedCoding + ".code"
        case .siteOfVaccinationTerm: "site" + Self.snomedCoding + ".display"
        case .routeOfVaccinationCode: "route" + Self.snomedCoding + ".code"
        case .routeOfVaccinationTerm: "route" + Self.snomedCoding + ".display"
        case .doseAmount: "doseQuantity.value"
        case .doseUnitCode: "doseQuantity.code"
        case .doseUnitTerm: "doseQuantity.unit"
        case .indicationCode: "reasonCode[0].coding[0].code"
        case .locationCode: "location.identifier.value"
        case .locationCodeTypeURI: "location.identifier.system"
        }
    }

    /// The location of the value itself, as a *blank or too long* value is reported: `given[0]` for the forenames.
    package var fhirValueLocation: String {
        switch self {
        case .personForename, .performingProfessionalForename: fhirLocation + "[0]"
        default: fhirLocation
        }
    }

    private static let patient = "contained[?(@.resourceType=='Patient')]"
    private static let practitioner = "contained[?(@.resourceType=='Practitioner')]"
    private static let organization = "performer[?(@.actor.type=='Organization')].actor.identifier"
    private static let snomedCoding = ".coding[?(@.system=='http://snomed.info/sct')]"
    private static let procedure =
        "extension[?(@.url=='https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-VaccinationProcedure')]"
        + ".valueCodeableConcept" + snomedCoding
}
