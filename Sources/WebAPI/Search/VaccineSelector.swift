import FHIR
import Vaccination

/// Which vaccine types a search asks for, by their codes or by the diseases they protect against
/// (`immunisation-history.md` §4.5).
struct VaccineSelector {
    /// Nil for all.
    var types: Set<String>?
    /// The diseases that are known, where types were named so.
    var diseases: [String] = []
    var warnings: [OperationOutcome.Issue] = []

    /// - Throws: ``HubError`` 400 where nothing that was sent can be used, or nothing was sent and something must be.
    init(_ parameters: SearchParameters, isMandatory: Bool, known: VaccineTypes) throws(HubError) {
        if let value = parameters[.disease] {
            try readDiseases(value, known)
            return
        }
        let sent = [parameters[.target], parameters[.formerTarget]].compactMap(\.self).map { value in
            Set(SearchValue(value).parts.map(\.text))
        }
        guard let codes = sent.first else {
            guard !isMandatory else {
                throw .invalid("One of the parameters -immunization.target and target-disease is missing.")
            }
            return
        }
        guard sent.allSatisfy({ $0 == codes }) else {
            throw .invalid("The parameters -immunization.target and immunization.target must not differ.")
        }
        let wanted = codes.filter { known[$0] != nil }
        guard !wanted.isEmpty else {
            let all = known.all.map(\.code).sorted().joined(separator: ", ")
            throw .invalid("The parameter -immunization.target must be one or more of: \(all)")
        }
        types = wanted
        let ignored = codes.subtracting(wanted).filter { !$0.isEmpty }.sorted()
        guard !ignored.isEmpty else { return }
        let names = ignored.map(SearchParameters.shown).joined(separator: ", ")
        warn("Values of -immunization.target that are no vaccine types were ignored: \(names)")
    }

    ///
    private mutating func readDiseases(_ value: String, _ known: VaccineTypes) throws(HubError) {
        var found: Set<String> = []
        var bad: [(text: String, isMalformed: Bool)] = []
        for part in SearchValue(value).parts {
            guard let token = part.token, token.system == FHIRSystem.snomed, !token.code.isEmpty else {
                bad.append((part.text, true))
                continue
            }
            let types = known.all.filter { $0.targetDiseases.contains { $0.code == token.code } }
            if types.isEmpty {
                bad.append((token.code, false))
            } else if !diseases.contains(token.code) {
                diseases.append(token.code)
                found.formUnion(types.map(\.code))
            }
        }
        guard !found.isEmpty || bad.allSatisfy({ !$0.isMalformed }) else {
            throw .invalid(
                "The parameter target-disease must be \(FHIRSystem.snomed)|CODE, with commas between several."
            )
        }
        types = found
        if found.isEmpty {
            // All are well formed and none leads to a vaccine: one warning, whatever they are.
            diseases = Self.distinct(bad.map(\.text))
            warn("No vaccine protects against the values of target-disease: \(Self.list(bad.map(\.text)))")
            return
        }
        for value in Self.distinct(bad.map(\.text)) {
            warn("A value of target-disease was ignored: \(SearchParameters.shown(value))")
        }
    }

    private mutating func warn(_ diagnostics: String) {
        warnings.append(.init(.invalid, severity: .warning, diagnostics: diagnostics))
    }

    private static func list(_ values: [String]) -> String {
        distinct(values).map(SearchParameters.shown).joined(separator: ", ")
    }

    /// Each once, in order.
    private static func distinct(_ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { seen.insert($0).inserted }
    }
}
