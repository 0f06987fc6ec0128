/// What subscriptions to the topic may be filtered by (`fhir-subscriptions.md` §4.2).
///
/// No modifier is offered: `in`, `not-in` and `below` need a source of terminology.
package enum FilterParameter: String, Sendable, CaseIterable {
    case patient
    case patientIdentifier = "patient.identifier"
    case vaccineCode = "vaccine-code"
    case targetDisease = "target-disease"
    case status
    case performerOrganisation = "performer-organisation"
    case registeredGP = "registered-gp"
    case date
    case age
    case action
    case vaccineType = "vaccine-type"
    case sourceSystem = "source-system"

    /// The comparators that may stand before a value; without one it means `eq`.
    package var comparators: [String] {
        switch self {
        case .date: ["eq", "ne", "gt", "ge", "lt", "le"]
        case .age: ["eq", "gt", "ge", "lt", "le"]
        default: []
        }
    }
}
