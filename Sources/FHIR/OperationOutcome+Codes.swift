extension OperationOutcome {
    /// The issue types in use, out of FHIR's `issue-type` value set.
    package enum IssueType: String, CaseIterable, Sendable {
        case invalid, invariant, login, expired, forbidden, duplicate, conflict, throttled, transient, exception
        case suppressed, processing, informational
        case structure, required, value, `extension`, deleted
        case notFound = "not-found"
        case notSupported = "not-supported"
        case tooLong = "too-long"
        case codeInvalid = "code-invalid"
        case tooCostly = "too-costly"
    }

    /// The codes of the published system `http-error-codes` that go with Herald's answers.
    package enum HTTPErrorCode: String, CaseIterable, Sendable {
        case badRequest = "BAD_REQUEST"
        case unauthorized = "UNAUTHORIZED"
        case forbidden = "FORBIDDEN"
        case notFound = "NOT_FOUND"
        case methodNotAllowed = "METHOD_NOT_ALLOWED"
        case notAcceptable = "NOT_ACCEPTABLE"
        case conflict = "CONFLICT"
        case preconditionFailed = "PRECONDITION_FAILED"
        case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
        case unprocessableEntity = "UNPROCESSABLE_ENTITY"
        case tooManyRequests = "TOO_MANY_REQUESTS"
        case serverError = "SERVER_ERROR"
        case notImplemented = "NOT_IMPLEMENTED"
        case unavailable = "UNAVAILABLE"
    }
}
