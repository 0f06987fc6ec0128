/// Codes of `Spine-ErrorOrWarningCode-1` that Herald answers with (`nems.md` §2.4).
enum SpineCode: String, Sendable {
    case missingOrInvalidHeader = "MISSING_OR_INVALID_HEADER"
    case badRequest = "BAD_REQUEST"
    case messageNotWellFormed = "MESSAGE_NOT_WELL_FORMED"
    case invalidNHSNumber = "INVALID_NHS_NUMBER"
    case invalidIdentifierSystem = "INVALID_IDENTIFIER_SYSTEM"
    case invalidRequestMessage = "INVALID_REQUEST_MESSAGE"
    case conflictingValues = "CONFLICTING_VALUES"
    case accessDenied = "ACCESS_DENIED"
    case asidCheckFailed = "ASID_CHECK_FAILED"
    case noRecordFound = "NO_RECORD_FOUND"
    case organisationNotFound = "ORGANISATION_NOT_FOUND"
    case resourceIDFail = "MSG_RESOURCE_ID_FAIL"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case invalidResource = "INVALID_RESOURCE"
    case invalidParameter = "INVALID_PARAMETER"
    case duplicateRejected = "DUPLICATE_REJECTED"
    case internalServerError = "INTERNAL_SERVER_ERROR"
    case notImplemented = "NOT_IMPLEMENTED"

    /// The words for people.
    var display: String {
        switch self {
        case .missingOrInvalidHeader: "Missing or invalid header"
        case .badRequest: "Bad request"
        case .messageNotWellFormed: "Message not well formed"
        case .invalidNHSNumber: "Invalid NHS number"
        case .invalidIdentifierSystem: "Invalid identifier system"
        case .invalidRequestMessage: "Invalid request message"
        case .conflictingValues: "Conflicting values have been specified in different fields"
        case .accessDenied: "Access has been denied to process this request"
        case .asidCheckFailed: "The sender or receiver's ASID is not authorised for this interaction"
        case .noRecordFound: "No record found"
        case .organisationNotFound: "Organisation not found"
        case .resourceIDFail: "Client not allowed to assign an id"
        case .unsupportedMediaType: "Unsupported media type"
        case .invalidResource: "Invalid validation of resource"
        case .invalidParameter: "Invalid parameter"
        case .duplicateRejected: "Create would lead to creation of a duplicate resource"
        case .internalServerError: "Unexpected internal server error"
        case .notImplemented: "Not implemented"
        }
    }
}
