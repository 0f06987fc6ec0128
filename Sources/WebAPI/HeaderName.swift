import HTTPTypes

/// Header names that HTTPTypes does not have.
enum HeaderName {
    static let requestID = make("X-Request-ID")
    static let correlationID = make("X-Correlation-ID")
    static let endUserOrganisation = make("NHSD-End-User-Organisation-ODS")
    static let idempotencyKey = make("Idempotency-Key")
    static let referrerPolicy = make("Referrer-Policy")
    static let contentTypeOptions = make("X-Content-Type-Options")
    /// NHS's own spelling of the entity tag: a bare number.
    static let nhsETag = make("E-Tag")
    static let prefer = make("Prefer")
    static let preferenceApplied = make("Preference-Applied")

    private static func make(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is not a header name") }
        return name
    }
}
