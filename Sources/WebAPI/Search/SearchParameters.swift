import FHIR
import HTTPTypes

/// The parameters of a search on Immunization, each at most as often as it may be sent (`immunisation-history.md` §4.1, §4.2).
struct SearchParameters {
    /// The parameters that are known, with their modifiers where those are.
    enum Name: String, CaseIterable {
        case patientNumber = "patient.identifier"
        case patientIdentifier = "patient:identifier"
        case patient
        case target = "-immunization.target"
        case formerTarget = "immunization.target"
        case disease = "target-disease"
        case identifier
        case elements = "_elements"
        case dateFrom = "-date.from"
        case dateTo = "-date.to"
        case date
        case status
        case product = "vaccine-code"
        case id = "_id"
        case include = "_include"
        case count = "_count"
        case sort = "_sort"
        case summary = "_summary"
        case total = "_total"
        case format = "_format"
        case pretty = "_pretty"
        case cursor = "_cursor"
    }

    private var values: [Name: [String]] = [:]
    /// Names that are not known, in the order they were sent.
    private(set) var unknown: [String] = []

    /// - Throws: ``HubError`` 400 for a parameter that was sent twice, has a modifier that is not supported, or
    ///   is not known where the client wants to hear of it; and for none at all.
    init(_ parameters: [FormParameters.Parameter], isStrict: Bool) throws(HubError) {
        guard !parameters.isEmpty else {
            throw .invalid("Search with the parameter identifier or patient.identifier.")
        }
        var counts: [String: Int] = [:]
        for parameter in parameters {
            counts[parameter.name, default: 0] += 1
            guard counts[parameter.name] == 1 || parameter.name == Name.date.rawValue && counts[parameter.name] == 2
            else {
                throw .invalid(
                    "The parameter \(Self.shown(parameter.name)) was sent too often; send its values once, with commas between them."
                )
            }
            if let name = Name(rawValue: parameter.name) {
                values[name, default: []].append(parameter.value)
            } else if let base = parameter.name.split(separator: ":", maxSplits: 1).first,
                base.utf8.count < parameter.name.utf8.count, Name(rawValue: String(base)) != nil
            {
                throw HubError(
                    .badRequest,
                    .notSupported,
                    .badRequest,
                    "The modifier of the parameter \(Self.shown(parameter.name)) is not supported."
                )
            } else {
                unknown.append(parameter.name)
            }
        }
        guard isStrict, !unknown.isEmpty else { return }
        throw HubError(
            .badRequest,
            unknown.map { name in
                OperationOutcome.Issue(
                    .notSupported,
                    httpErrorCode: .badRequest,
                    diagnostics: "The parameter \(Self.shown(name)) is not supported."
                )
            }
        )
    }

    /// The value of a parameter; the first of `date`.
    subscript(name: Name) -> String? { values[name]?.first }

    /// All values of a parameter.
    func all(_ name: Name) -> [String] { values[name] ?? [] }

    func has(_ name: Name) -> Bool { values[name] != nil }

    /// The first of these that was sent.
    func first(of names: [Name]) -> Name? { names.first { has($0) } }

    /// A name or value that a client sent, as it may stand in an answer: short, and on one line.
    static func shown(_ text: String) -> String {
        let safe = text.unicodeScalars.prefix(64).map { scalar in
            scalar.properties.generalCategory == .control ? "?" : String(scalar)
        }.joined()
        return text.unicodeScalars.count > 64 ? safe + "…" : safe
    }
}
