/// What is wrong with a row or an Immunization, for reports, logs and metrics (csv-feed.md §7).
package enum RowFindingKind: String, Sendable, Hashable, CaseIterable {
    case actionFlag = "ACTION_FLAG"
    case noPermission = "NO_PERMISSION"
    case uniqueIDMissing = "UNIQUE_ID_MISSING"
    case mandatory = "MANDATORY"
    case blank = "BLANK"
    case length = "LENGTH"
    case maxLength = "MAX_LENGTH"
    case spaces = "SPACES"
    case nhsNumberChecksum = "NHS_NUMBER_CHECKSUM"
    case notAllowed = "NOT_ALLOWED"
    case dateInvalid = "DATE_INVALID"
    case dateFuture = "DATE_FUTURE"
    case dateTimeInvalid = "DATETIME_INVALID"
    case notBoolean = "NOT_BOOLEAN"
    case notPositiveInteger = "NOT_POSITIVE_INT"
    case outOfRange = "OUT_OF_RANGE"
    case notNumber = "NOT_NUMBER"
    case snomedInvalid = "SNOMED_INVALID"
    case codeFormat = "CODE_FORMAT"
    case patientMissing = "PATIENT_MISSING"
    case duplicate = "DUPLICATE"
    case notFound = "NOT_FOUND"
    /// The row has no end, or a field or the row is over the limit: the file ends with it.
    case syntax = "SYNTAX"
    /// A field holds U+0000.
    case controlCharacter = "CONTROL_CHARACTER"
    case `internal` = "INTERNAL"
    /// Of an Immunization only: an element is of the wrong kind, or there are too many or too few of it.
    case structure = "STRUCTURE"
    /// Of an Immunization only: an element that this service does not take.
    case elementNotAllowed = "ELEMENT_NOT_ALLOWED"
    /// Of an Immunization only: a reference to a contained resource is missing, wrong or there twice.
    case reference = "REFERENCE"
    /// Of an Immunization only: two codings of one system.
    case notUnique = "NOT_UNIQUE"
    /// Of an Immunization only: it is not built as FHIR R4 says.
    case model = "FHIR_MODEL"
    /// Of an Immunization only: its diseases are those of no vaccine type.
    case vaccineType = "VACCINE_TYPE"
    /// Of an Immunization only: its id or its identifier is not that of the record it is sent for.
    case identity = "IDENTITY"
    /// A warning: the row has more fields than there are columns; they were ignored.
    case extraFields = "EXTRA_FIELDS"
    /// A warning: DOSE_AMOUNT has more than four decimals.
    case manyDecimals = "MANY_DECIMALS"
    /// A warning: DOSE_AMOUNT is negative.
    case negativeAmount = "NEGATIVE_AMOUNT"

    /// Whether a finding of this kind rejects the row.
    package var severity: RowFinding.Severity {
        switch self {
        case .extraFields, .manyDecimals, .negativeAmount: .warning
        default: .error
        }
    }
}
