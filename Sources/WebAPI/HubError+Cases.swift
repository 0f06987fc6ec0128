import FHIR
import HTTPTypes

/// The rows of the table of errors (`immunisation-history.md` §9) but for those of ``AccessError``.
extension HubError {
    /// 400: a parameter or a header that cannot be used, or a body that is no JSON.
    static func invalid(_ diagnostics: String) -> HubError {
        HubError(.badRequest, .invalid, .badRequest, diagnostics)
    }

    /// 400: a resource or a version that breaks a rule.
    static func invariant(_ diagnostics: String, at expression: [String] = []) -> HubError {
        HubError(.badRequest, .invariant, .badRequest, diagnostics, expression: expression)
    }

    /// 403: the token is good, and the caller may not do this.
    static func forbidden(_ diagnostics: String) -> HubError {
        HubError(.forbidden, .forbidden, .forbidden, diagnostics)
    }

    /// 404: a thing that is not there, or not for the caller to see.
    static func notFound(_ diagnostics: String) -> HubError {
        HubError(.notFound, .notFound, .notFound, diagnostics)
    }

    /// 405: a path that is known, with a method it does not take.
    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> HubError {
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        return HubError(
            .methodNotAllowed,
            .notSupported,
            .methodNotAllowed,
            "This path takes \(list) only.",
            headers: [.allow: list]
        )
    }

    /// 406: an answer in a form that Herald does not have.
    static func notAcceptable(_ diagnostics: String) -> HubError {
        HubError(.notAcceptable, .notSupported, .notAcceptable, diagnostics)
    }

    /// 409: a write met other writers on its record again and again.
    static let conflict = HubError(
        .conflict,
        .conflict,
        .conflict,
        "Others keep changing this record at the same moment; nothing was changed. Read it and try again.",
        headers: [.retryAfter: "1"]
    )

    /// 412: the record is not at the version that If-Match names.
    static func preconditionFailed(_ diagnostics: String, headers: HTTPFields = [:]) -> HubError {
        HubError(.preconditionFailed, .conflict, .preconditionFailed, diagnostics, headers: headers)
    }

    /// 413: a body above the limit, which has no published code.
    static func tooLong(limit: Int) -> HubError {
        HubError(.contentTooLarge, .tooLong, nil, "The body must not be longer than \(limit) bytes.")
    }

    /// 415: a body in a form that Herald does not read.
    static func unsupportedMediaType(_ diagnostics: String, headers: HTTPFields = [:]) -> HubError {
        HubError(.unsupportedMediaType, .notSupported, .unsupportedMediaType, diagnostics, headers: headers)
    }

    /// 422: the identifier belongs to a live record.
    static func duplicate(_ diagnostics: String, at expression: [String]) -> HubError {
        HubError(.unprocessableContent, .duplicate, .unprocessableEntity, diagnostics, expression: expression)
    }

    /// 429: too many requests; the next one is let in after so many seconds.
    static func throttled(retryAfter seconds: Int, _ diagnostics: String) -> HubError {
        HubError(
            .tooManyRequests,
            .throttled,
            .tooManyRequests,
            diagnostics,
            headers: [.retryAfter: String(max(1, seconds))]
        )
    }

    /// 500: something failed that is not the caller's fault; the cause is in the log only.
    static let internalError = HubError(
        .internalServerError,
        .exception,
        .serverError,
        "The request could not be served. Try again; if it fails again, tell the operator the X-Request-ID."
    )

    /// 501: a version of the interface that is not there.
    static func notImplemented(_ diagnostics: String) -> HubError {
        HubError(.notImplemented, .notSupported, .notImplemented, diagnostics)
    }

    /// 503: something Herald depends on cannot be reached just now.
    static let unavailable = HubError(
        .serviceUnavailable,
        .transient,
        .unavailable,
        "A service this request needs is away for the moment. Try again later.",
        headers: [.retryAfter: "5"]
    )
}
