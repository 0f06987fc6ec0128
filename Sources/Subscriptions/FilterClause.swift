import Events
import Vaccination

/// A clause that asks for one of several texts; its raw value is its name in the stored filter.
///
/// In the order of the index, the most selective first (D-95): a subscription is filed under the first clause it has, and
/// an event looks up its own values.
package enum FilterClause: String, Sendable, CaseIterable {
    /// ODS codes of the practice the patient is registered with when the event is routed: `GP_GP_GP`.
    case registeredPractices
    /// ODS codes of the organisation that vaccinated.
    case performers
    /// Codes of the product, dm+d.
    case products
    /// Local authorities responsible for the home's postcode: `UHV_POSTCODE_LACODE`.
    case homeAuthorities
    /// ICB sub-locations of the registered practice: `CHO_GP_CCG`.
    case practiceSubLocations
    /// ICB sub-locations responsible for the home's postcode: `CHO_POSTCODE_CCG`.
    case homeSubLocations
    /// Postcode areas (`LS`) or districts (`LS1`) of the home.
    case postcodeAreas
    /// Supplier systems that send records.
    case suppliers
    /// SNOMED CT codes of the procedure.
    case procedures
    /// Short codes of vaccine types, such as `FLU`.
    case vaccineTypes
    /// SNOMED CT codes of diseases vaccinated against.
    case targetDiseases
    /// Countries of the home's postcode: `COUNTRYCODE`.
    case homeCountries
    /// `completed`, `not-done`, or `entered-in-error` for a record that was removed.
    case statuses

    /// Whether the record's content has to be read to answer it.
    package var asksForFacts: Bool {
        switch self {
        case .products, .procedures, .targetDiseases, .statuses: true
        default: false
        }
    }

    /// Whether it must be looked up where practice or home lie to answer it.
    package var asksForGeography: Bool {
        switch self {
        case .homeAuthorities, .practiceSubLocations, .homeSubLocations, .homeCountries: true
        default: false
        }
    }

    /// What an event has of it; nothing where that is not known.
    func values(in event: VaccinationEvent, _ patient: PatientDetails?) -> [String] {
        let attributes = event.attributes
        switch self {
        case .registeredPractices: return Self.list(patient?.practice)
        case .performers: return [attributes.performer]
        case .products: return attributes.facts?.products ?? []
        case .homeAuthorities: return Self.list(patient?.geography?.homeAuthority)
        case .practiceSubLocations: return Self.list(patient?.geography?.practiceSubLocation)
        case .homeSubLocations: return Self.list(patient?.geography?.homeSubLocation)
        case .postcodeAreas: return patient?.postcode.map { [$0.district, $0.area] } ?? []
        case .suppliers: return [attributes.supplier]
        case .procedures: return attributes.facts?.procedures ?? []
        case .vaccineTypes: return [attributes.vaccineType]
        case .targetDiseases: return attributes.facts?.targetDiseases ?? []
        case .homeCountries: return Self.list(patient?.geography?.homeCountry)
        case .statuses: return event.kind == .removed ? ["entered-in-error"] : Self.list(attributes.facts?.status)
        }
    }

    private static func list(_ value: String?) -> [String] { value.map { [$0] } ?? [] }
}
