import FHIR

/// Why a subscription is in `error`, as `$status` tells it (§6).
///
/// The text holds numbers and times; an endpoint's own words never go into it (delivery.md D-75).
package struct SubscriptionError: Hashable, Sendable {
    /// The guide's codes.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// No answer came.
        case noResponse = "no-response"
        /// An answer came that is not 2xx.
        case errorResponse = "error-response"
        /// The endpoint's name has no address.
        case nameNotResolved = "dns-resolution-error"
    }

    package var code: Code
    package var text: String

    package init(code: Code, text: String) {
        self.code = code
        self.text = text
    }

    func write(_ json: inout JSONWriter) {
        json.open(#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/subscription-error","#)
        json.member("code", code.rawValue)
        json.close("}]")
        json.member("text", text)
        json.endObject()
    }
}
