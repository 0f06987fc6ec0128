package import Vaccination

/// A feed file of invented people, row by row.
package struct SampleFeed: Sendable {
    /// A row: an identity, what is to be done with it, and values that differ from the usual ones.
    package struct Row: Sendable, Hashable {
        /// UNIQUE_ID.
        package var id: String
        /// ACTION_FLAG, in any case.
        package var action: String
        /// Values of other columns; empty for an absent one.
        package var values: [FeedColumn: String]

        /// A row with the usual values and these.
        package init(_ id: String, _ action: String = "new", _ values: [FeedColumn: String] = [:]) {
            self.id = id
            self.action = action
            self.values = values
        }
    }

    /// UNIQUE_ID_URI of all rows.
    package static let system = "https://supplier.example.nhs.uk/"
    /// ODS codes of built-in suppliers that may send COVID, FLU and MMR.
    package static let emis = "YGM41", tpp = "YGA"

    /// The file's name.
    package var name: String
    /// The rows in file order.
    package var rows: [Row]

    /// A file of this type and sender; the number, up to 86,399, becomes the time in its name.
    package init(_ rows: [Row], type vaccineType: String = "FLU", from odsCode: String = emis, number: Int = 0) {
        func two(_ value: Int) -> String { String(value + 100).suffix(2).description }
        let time = two(number / 3600) + two(number / 60 % 60) + two(number % 60)
        name = "\(vaccineType)_Vaccinations_v5_\(odsCode)_20250115T\(time)00.csv"
        self.rows = rows
    }

    /// The content: header and rows, every field quoted, CRLF.
    package var bytes: [UInt8] {
        var text = Self.line(FeedColumn.allCases.map(\.header))
        for row in rows { text += Self.line(row) }
        return Array(text.utf8)
    }

    /// The record id of a row.
    package static func recordID(_ id: String) -> RecordID { RecordID(RecordIdentifier(system: system, value: id)) }

    private static func line(_ row: Row) -> String {
        line(
            FeedColumn.allCases.map { column in
                if let value = row.values[column] { return value }
                return switch column {
                case .uniqueID: row.id
                case .uniqueIDURI: system
                case .actionFlag: row.action
                default: usual[column] ?? ""
                }
            }
        )
    }

    private static func line(_ fields: [String]) -> String {
        fields.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: "|") + "\r\n"
    }

    private static let usual: [FeedColumn: String] = [
        .nhsNumber: "9990548609", .personForename: "Florence", .personSurname: "Sample", .personDOB: "19650228",
        .personGenderCode: "2", .personPostcode: "ZZ99 3CZ", .dateAndTime: "20250114T09153000", .siteCode: "RVVKC",
        .siteCodeTypeURI: "https://fhir.nhs.uk/Id/ods-organization-code",
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
}
