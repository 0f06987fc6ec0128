import Feeds
import Vaccination

/// A good row of an invented person, and what is needed to break it.
enum SampleRow {
    static let flu = VaccineType(
        code: "FLU",
        targetDiseases: [Disease(code: "6142004", display: "Influenza")]
    )

    static let header = FeedColumn.allCases.map(\.header).joined(separator: "|")

    static let values: [FeedColumn: String] = [
        .nhsNumber: "9990548609", .personForename: "Florence", .personSurname: "Sample", .personDOB: "19650228",
        .personGenderCode: "2", .personPostcode: "ZZ99 3CZ", .dateAndTime: "20250114T09153000", .siteCode: "RVVKC",
        .siteCodeTypeURI: "https://fhir.nhs.uk/Id/ods-organization-code", .uniqueID: "row-1",
        .uniqueIDURI: "https://supplier.example.nhs.uk/", .actionFlag: "new",
        .performingProfessionalForename: "Mary", .performingProfessionalSurname: "Example", .recordedDate: "20250114",
        .primarySource: "TRUE", .vaccinationProcedureCode: "822851000000102",
        .vaccinationProcedureTerm: "Seasonal influenza vaccination", .doseSequence: "1",
        .vaccineProductCode: "34680411000001107", .vaccineProductTerm: "A vaccine", .vaccineManufacturer: "A maker",
        .batchNumber: "4120Z001", .expiryDate: "20250702", .siteOfVaccinationCode: "368208006",
        .siteOfVaccinationTerm: "Left upper arm structure", .routeOfVaccinationCode: "78421000",
        .routeOfVaccinationTerm: "Intramuscular", .doseAmount: "0.5", .doseUnitCode: "258773002",
        .doseUnitTerm: "Milliliter (qualifier value)", .indicationCode: "443684005", .locationCode: "X99999",
        .locationCodeTypeURI: "https://fhir.nhs.uk/Id/ods-organization-code",
    ]

    static func flat(_ changes: [FeedColumn: String] = [:]) -> FlatRecord {
        FlatRecord(fields: FeedColumn.allCases.map { changes[$0] ?? values[$0] ?? "" })
    }

    static func record(_ changes: [FeedColumn: String] = [:], fieldCount: Int = 34) -> FeedRecord {
        FeedRecord(rowNumber: 1, flat: flat(changes), fieldCount: fieldCount, endPosition: .start)
    }
}
