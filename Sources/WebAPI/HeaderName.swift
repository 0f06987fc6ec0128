import HTTPTypes

/// Header names that HTTPTypes does not have.
enum HeaderName {
    static let requestID = make("X-Request-ID")
    static let correlationID = make("X-Correlation-ID")
    static let endUserOrganisation = make("NHSD-End-User-Organisation-ODS")
    static let idempotencyKey = make("Idempotency-Key")
    /// For HTTP/1.0 caches, as RFC 6749 §5.1 demands.
    static let pragma = make("Pragma")
    /// Which version of the older API answers.
    static let version = make("version")
    static let apiKey = make("apikey")
    static let referrerPolicy = make("Referrer-Policy")
    static let contentTypeOptions = make("X-Content-Type-Options")
    /// The role profile in which a healthcare worker acts.
    static let sessionRole = make("NHSD-Session-URID")
    /// NHS's own spelling of the entity tag: a bare number.
    static let nhsETag = make("E-Tag")
    /// A search that must find nothing for a create to create (FHIR R4 http.html#ccreate).
    static let ifNoneExist = make("If-None-Exist")
    static let prefer = make("Prefer")
    static let preferenceApplied = make("Preference-Applied")

    /// Which systems speak, and what for, on the Spine (`nems.md` §2.2).
    static let fromASID = make("fromASID")
    static let toASID = make("toASID")
    static let interactionID = make("InteractionID")

    private static func make(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is not a header name") }
        return name
    }
}
