extension RowFindingKind {
    /// The national service's text for a value in `column` (csv-feed.md §7).
    func text(for column: FeedColumn, at place: String? = nil) -> String {
        let location = place ?? column.fhirValueLocation
        return switch self {
        case .actionFlag: "Invalid ACTION_FLAG - ACTION_FLAG must be 'NEW', 'UPDATE' or 'DELETE'"
        case .noPermission: RowFinding.noPermission.text
        case .uniqueIDMissing: "UNIQUE_ID or UNIQUE_ID_URI is missing"
        case .mandatory where column == .dateAndTime:
            "1 validation error for Immunization __root__ Expect any of field value from this list "
                + "['occurrenceDateTime', 'occurrenceString']. (type=value_error)"
        case .mandatory: "\(place ?? column.fhirLocation) is a mandatory field"
        case .blank: "\(location) must be a non-empty string"
        case .length: "\(location) must be 10 characters"
        case .maxLength: "\(location) has too many characters"
        case .spaces: "\(location) must not contain spaces"
        case .nhsNumberChecksum: "\(location) is not a valid NHS number"
        case .notAllowed: "\(location) must be one of the following: male, female, other, unknown"
        case .dateInvalid: "\(location) must be a valid date string in the format \"YYYY-MM-DD\""
        case .dateFuture: "\(location) must not be in the future"
        case .dateTimeInvalid: Self.dateTimeText(for: column)
        case .notBoolean: "\(location) must be a boolean"
        case .notPositiveInteger: "\(location) must be a positive integer"
        case .outOfRange: "\(location) must be an integer in the range 1 to 9"
        case .notNumber: "\(location) must be a number"
        case .snomedInvalid: "\(location) is not a valid snomed code"
        case .codeFormat: Self.codeText(at: place ?? Self.codePath(of: column))
        case .controlCharacter: "\(location) holds the character U+0000"
        case .manyDecimals: "\(location) has more than four decimal places"
        case .negativeAmount: "\(location) is negative"
        case .patientMissing: "contained is a mandatory field"
        case .duplicate: "The provided identifier is duplicated"
        case .notFound: "Immunization resource does not exist."
        case .syntax: "The row cannot be read"
        case .internal: RowFinding.internal.text
        case .structure, .model: "\(location) is not built as it must be"
        case .elementNotAllowed: "\(location) is not an allowed element for this service"
        case .reference: "\(location) is not a right reference"
        case .notUnique: "\(location) must be unique"
        case .vaccineType: "\(location) is not a valid combination of disease codes for this service"
        case .identity: "\(location) doesn't match with the stored content"
        case .extraFields: "The row has more than 34 fields"
        }
    }

    private static func dateTimeText(for column: FeedColumn) -> String {
        let formats =
            "\(column.fhirLocation) must be a valid datetime in one of the following formats:- 'YYYY-MM-DD' — Full date only"
            + "- 'YYYY-MM-DDThh:mm:ss%z' — Full date and time with timezone (e.g. +00:00 or +01:00)"
            + "- 'YYYY-MM-DDThh:mm:ss.f%z' — Full date and time with milliseconds and timezone"
            + "- Date must not be in the future."
        guard column == .dateAndTime else { return formats }
        return formats + "Only '+00:00' and '+01:00' are accepted as valid timezone offsets. "
            + "Note that partial dates are not allowed for occurrenceDateTime in this service."
    }

    /// Where the code of a column stands in an Immunization made from a row.
    private static func codePath(of column: FeedColumn) -> String {
        switch column {
        case .siteOfVaccinationCode: "site.coding[0].code"
        case .routeOfVaccinationCode: "route.coding[0].code"
        case .indicationCode: "reasonCode[0].coding[0].code"
        default: "doseQuantity.code"
        }
    }

    /// The national service's text for a code that has not the form of one, at a path such as `site.coding[0].code`.
    static func codeText(at path: String) -> String {
        let element = path.replacing("]", with: "").replacing("[", with: ".").replacing(".", with: " -> ")
        let pattern = #"^[^\s]+(\s[^\s]+)*$"#
        return "1 validation error for Immunization \(element) string does not match regex \"\(pattern)\" "
            + "(type=value_error.str.regex; pattern=\(pattern))"
    }
}
