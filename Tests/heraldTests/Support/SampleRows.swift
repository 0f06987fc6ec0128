import Feeds
import Foundation
import Vaccination

/// Small feeds written by hand.
enum SampleRows {
    static let header = FeedColumn.allCases.map { "\"\($0.header)\"" }.joined(separator: "|")
    static let fileName = "FLU_Vaccinations_v5_YGM41_20250115T08000000.csv"

    /// A valid row with some columns changed.
    static func row(_ changes: [FeedColumn: String] = [:]) -> String {
        var values: [FeedColumn: String] = [
            .nhsNumber: "9990548609", .personForename: "Mary", .personSurname: "O'Neill", .personDOB: "19650228",
            .personGenderCode: "2", .personPostcode: "LS8 4ED", .dateAndTime: "20250114T09153000", .siteCode: "RVVKC",
            .siteCodeTypeURI: "https://fhir.nhs.uk/Id/ods-organization-code",
            .uniqueID: "e045626e-4dc5-4df3-bc35-da25263f901e", .uniqueIDURI: "https://www.ravs.england.nhs.uk/",
            .actionFlag: "new", .recordedDate: "20250114", .primarySource: "TRUE",
            .vaccinationProcedureCode: "822851000000102", .locationCode: "X99999",
            .locationCodeTypeURI: "https://fhir.nhs.uk/Id/ods-organization-code", .doseAmount: "0.50",
        ]
        values.merge(changes) { $1 }
        return FeedColumn.allCases.map { "\"\(values[$0] ?? "")\"" }.joined(separator: "|")
    }

    /// A file of rows.
    static func file(_ rows: [String]) -> [UInt8] {
        Array((([header] + rows).joined(separator: "\r\n") + "\r\n").utf8)
    }
}
