/// A disease a vaccine protects against: a SNOMED CT concept and the words written beside it.
package struct Disease: Sendable, Hashable {
    /// The SNOMED CT concept id.
    package let code: String
    /// The display text.
    package let display: String

    /// A disease with its SNOMED CT concept id and display text.
    package init(code: String, display: String) {
        self.code = code
        self.display = display
    }
}

/// One vaccine type of the feed, such as `FLU`, and the exact set of diseases that identifies it
/// (immunization-mapping.md §4).
package struct VaccineType: Sendable, Hashable {
    /// The type's code as it stands in file names, for example `FLU`.
    package let code: String
    /// The diseases, in the order in which they are written into `targetDisease`.
    package let targetDiseases: [Disease]

    /// A vaccine type with its diseases in output order.
    package init(code: String, targetDiseases: [Disease]) {
        self.code = code
        self.targetDiseases = targetDiseases
    }
}
