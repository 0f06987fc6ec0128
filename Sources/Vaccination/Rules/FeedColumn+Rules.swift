extension FeedColumn {
    /// Whether NEW and UPDATE, and every Immunization, need a value; one set for all vaccine types (csv-feed.md §4,
    /// immunization-mapping.md §3.6).
    package var isMandatory: Bool {
        switch self {
        case .personForename, .personSurname, .personDOB, .personGenderCode, .personPostcode, .dateAndTime, .siteCode,
            .siteCodeTypeURI, .uniqueID, .uniqueIDURI, .actionFlag, .recordedDate, .primarySource,
            .vaccinationProcedureCode, .locationCode, .locationCodeTypeURI:
            true
        case .nhsNumber, .performingProfessionalForename, .performingProfessionalSurname, .vaccinationProcedureTerm,
            .doseSequence, .vaccineProductCode, .vaccineProductTerm, .vaccineManufacturer, .batchNumber, .expiryDate,
            .siteOfVaccinationCode, .siteOfVaccinationTerm, .routeOfVaccinationCode, .routeOfVaccinationTerm,
            .doseAmount, .doseUnitCode, .doseUnitTerm, .indicationCode:
            false
        }
    }

    /// The columns in file order, made once: the compiler builds `allCases` anew at every call.
    package static let inOrder = allCases
}

/// How long a patient's names may be, in characters (csv-feed.md §4).
enum NameLimit {
    /// Of PERSON_FORENAME, and of each given name of an Immunization.
    static let forename = 180
    /// Of PERSON_SURNAME.
    static let surname = 35
    /// Given names of an Immunization's patient.
    static let givenNames = 5
}
