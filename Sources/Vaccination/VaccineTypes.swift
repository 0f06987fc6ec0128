/// The configured vaccine types, found by code or by their set of diseases (immunization-mapping.md §3.5, §4).
package struct VaccineTypes: Sendable {
    /// All types, in the order of the configuration.
    package let all: [VaccineType]

    private let byCode: [String: VaccineType]
    private let byDiseases: [String: VaccineType]

    /// The types given; two with one code, or with one set of diseases, are refused.
    package init(_ types: [VaccineType]) throws(VaccinationError) {
        var byCode: [String: VaccineType] = [:]
        var byDiseases: [String: VaccineType] = [:]
        for type in types {
            let key = Self.key(type.targetDiseases.map(\.code))
            guard byCode.updateValue(type, forKey: type.code) == nil,
                byDiseases.updateValue(type, forKey: key) == nil
            else { throw .duplicateVaccineType(code: type.code) }
        }
        self.init(all: types, byCode: byCode, byDiseases: byDiseases)
    }

    /// The type with this code, which must match exactly.
    package subscript(code: String) -> VaccineType? {
        byCode[code]
    }

    /// The type whose diseases are exactly these, in whatever order; one more, one fewer or one twice is none.
    package func type(diseaseCodes: some Sequence<String>) -> VaccineType? {
        byDiseases[Self.key(diseaseCodes)]
    }

    init(all: [VaccineType], byCode: [String: VaccineType], byDiseases: [String: VaccineType]) {
        self.all = all
        self.byCode = byCode
        self.byDiseases = byDiseases
    }

    static func key(_ diseaseCodes: some Sequence<String>) -> String {
        diseaseCodes.sorted().joined(separator: ":")
    }
}
