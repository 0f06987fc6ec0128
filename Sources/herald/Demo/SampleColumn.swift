/// The columns of a feed of layout v5, in the order of the file (csv-feed §4).
package enum SampleColumn: String, CaseIterable, Sendable {
    case nhsNumber = "NHS_NUMBER"
    case forename = "PERSON_FORENAME"
    case surname = "PERSON_SURNAME"
    case birthDate = "PERSON_DOB"
    case gender = "PERSON_GENDER_CODE"
    case postcode = "PERSON_POSTCODE"
    case dateAndTime = "DATE_AND_TIME"
    case siteCode = "SITE_CODE"
    case siteCodeType = "SITE_CODE_TYPE_URI"
    case uniqueID = "UNIQUE_ID"
    case uniqueIDURI = "UNIQUE_ID_URI"
    case actionFlag = "ACTION_FLAG"
    case professionalForename = "PERFORMING_PROFESSIONAL_FORENAME"
    case professionalSurname = "PERFORMING_PROFESSIONAL_SURNAME"
    case recordedDate = "RECORDED_DATE"
    case primarySource = "PRIMARY_SOURCE"
    case procedureCode = "VACCINATION_PROCEDURE_CODE"
    case procedureTerm = "VACCINATION_PROCEDURE_TERM"
    case doseSequence = "DOSE_SEQUENCE"
    case productCode = "VACCINE_PRODUCT_CODE"
    case productTerm = "VACCINE_PRODUCT_TERM"
    case manufacturer = "VACCINE_MANUFACTURER"
    case batchNumber = "BATCH_NUMBER"
    case expiryDate = "EXPIRY_DATE"
    case bodySiteCode = "SITE_OF_VACCINATION_CODE"
    case bodySiteTerm = "SITE_OF_VACCINATION_TERM"
    case routeCode = "ROUTE_OF_VACCINATION_CODE"
    case routeTerm = "ROUTE_OF_VACCINATION_TERM"
    case doseAmount = "DOSE_AMOUNT"
    case doseUnitCode = "DOSE_UNIT_CODE"
    case doseUnitTerm = "DOSE_UNIT_TERM"
    case indication = "INDICATION_CODE"
    case locationCode = "LOCATION_CODE"
    case locationCodeType = "LOCATION_CODE_TYPE_URI"

    /// The place of the column in a row, from 0.
    var index: Int {
        Self.places[self] ?? 0
    }

    private static let places = Dictionary(
        uniqueKeysWithValues: zip(allCases, allCases.indices)
    )
}
