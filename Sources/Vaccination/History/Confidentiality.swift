package import FHIR

/// How far a person's record may be shown, as the Personal Demographics Service has it in `meta.security`
/// (immunisation-history.md §6).
package enum Confidentiality: String, Sendable, CaseIterable {
    case unrestricted = "U"
    case restricted = "R"
    case veryRestricted = "V"
    /// The record was declared invalid; nothing about the person is shown.
    case invalidated = "REDACTED"

    /// The code system of these codes.
    package static let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

    /// The code of a FHIR resource: the strictest of those that `meta.security` has of this system.
    ///
    /// Somebody without one is unrestricted (Q-90); a code that is not known here is held for restricted: deny when unsure.
    package init(of resource: JSONValue) {
        let codes = (resource.at("meta", "security")?.array ?? []).compactMap { coding -> Confidentiality? in
            if let system = coding["system"]?.string, system != Self.system { return nil }
            return coding["code"]?.string.map { Confidentiality(rawValue: $0) ?? .restricted }
        }
        self = codes.max() ?? .unrestricted
    }
}

extension Confidentiality: Comparable {
    /// Whether the right one forbids more.
    package static func < (left: Confidentiality, right: Confidentiality) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .unrestricted: 0
        case .restricted: 1
        case .veryRestricted: 2
        case .invalidated: 3
        }
    }
}
