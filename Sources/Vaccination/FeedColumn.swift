/// One of the 34 columns of the vaccination feed, in file order (csv-feed.md §4).
///
/// The raw value is the column's position in a row, from 0.
package enum FeedColumn: Int, CaseIterable, Sendable {
    case nhsNumber = 0
    case personForename
    case personSurname
    case personDOB
    case personGenderCode
    case personPostcode
    case dateAndTime
    case siteCode
    case siteCodeTypeURI
    case uniqueID
    case uniqueIDURI
    case actionFlag
    case performingProfessionalForename
    case performingProfessionalSurname
    case recordedDate
    case primarySource
    case vaccinationProcedureCode
    case vaccinationProcedureTerm
    case doseSequence
    case vaccineProductCode
    case vaccineProductTerm
    case vaccineManufacturer
    case batchNumber
    case expiryDate
    case siteOfVaccinationCode
    case siteOfVaccinationTerm
    case routeOfVaccinationCode
    case routeOfVaccinationTerm
    case doseAmount
    case doseUnitCode
    case doseUnitTerm
    case indicationCode
    case locationCode
    case locationCodeTypeURI
}
