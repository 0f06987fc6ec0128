/// A rule type of NEMS with the organisation it compares with (`nems.md` §4.3, §4.6).
package enum GeographyRule: String, Sendable, CaseIterable {
    case registeredPractice = "GP_GP_GP"
    case practiceSubLocation = "CHO_GP_CCG"
    case homeSubLocation = "CHO_POSTCODE_CCG"
    case homeAuthority = "UHV_POSTCODE_LACODE"
    case homeCountry = "COUNTRYCODE"

    /// The clause of a filter that says the same.
    package var clause: FilterClause {
        switch self {
        case .registeredPractice: .registeredPractices
        case .practiceSubLocation: .practiceSubLocations
        case .homeSubLocation: .homeSubLocations
        case .homeAuthority: .homeAuthorities
        case .homeCountry: .homeCountries
        }
    }

    /// The countries that ``homeCountry`` takes: England, Wales, Scotland, Northern Ireland, Channel Islands, Isle of Man.
    package static let countries: Set = [
        "E92000001", "W92000004", "S92000003", "N92000002", "L93000001", "M83000003",
    ]
}
