package import FHIR

/// What can go wrong in the vaccination domain; none of it names a patient.
package enum VaccinationError: Error, Hashable {
    /// The bytes are not JSON.
    case json(JSONError)
    /// The configuration lists no vaccine type.
    case noVaccineTypes
    /// The vaccine type at this index of the configuration lacks its code, a disease, or a disease's code or display.
    case incompleteVaccineType(index: Int)
    /// The code, or the set of diseases, of this vaccine type occurs twice.
    case duplicateVaccineType(code: String)
    /// A stored resource that should be returned by a search has no `id`.
    case resourceWithoutID
}

extension VaccinationError: CustomStringConvertible {
    /// A sentence that is safe to log.
    package var description: String {
        switch self {
        case .json(let error): "not valid JSON: \(error)"
        case .noVaccineTypes: "the configuration has no vaccineTypes"
        case .incompleteVaccineType(let index): "vaccineTypes[\(index)] needs a type and its targetDiseases"
        case .duplicateVaccineType(let code): "vaccine type \(code), or its set of diseases, occurs twice"
        case .resourceWithoutID: "a stored resource has no id"
        }
    }
}
