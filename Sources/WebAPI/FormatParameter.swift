import Foundation
import Hummingbird

/// `_format`, which stands for an `Accept` header (FHIR R4 http.html#parameters).
enum FormatParameter {
    /// - Throws: ``HubError`` 406.
    static func check(_ value: some StringProtocol) throws(HubError) {
        let type = MediaRange(value.replacingOccurrences(of: " ", with: "+"))
        guard type.type == "json" || type.fit() == .fits else {
            throw .notAcceptable("The parameter _format must be json, application/json or application/fhir+json.")
        }
    }

    /// Looks for it in a request that takes no other parameters of its own.
    ///
    /// - Throws: ``HubError`` 406.
    static func check(_ request: Request) throws(HubError) {
        for (key, value) in request.uri.queryParameters where key == "_format" { try check(value) }
    }
}
