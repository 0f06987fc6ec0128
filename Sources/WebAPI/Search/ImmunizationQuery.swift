import FHIR
import Vaccination

/// A search on Immunization as it was understood (`immunisation-history.md` §4.3).
struct ImmunizationQuery {
    /// Whose or which records are asked for.
    enum Subject: Hashable {
        /// A patient, and the parameter that named them.
        case patient(NHSNumber, SearchParameters.Name)
        /// The record a supplier calls so, and which of its elements; nil for all (§4.7).
        case identifier(RecordIdentifier, elements: [String]?)
        /// Records by their ids alone.
        case ids
    }

    let subject: Subject
    /// The vaccine types asked for; nil for all.
    var types: Set<String>?
    /// The diseases asked for, where types were named so.
    var diseases: [String]
    var filter: HistoryFilter
    /// What the filter was made of, for the self link.
    var filterParameters: [(name: SearchParameters.Name, value: String)]
    /// The logical ids asked for, without those that Herald cannot have given; nil for all.
    let ids: Set<RecordID>?
    let order: HistoryOrder
    /// Matches on a page.
    let count: Int
    /// Whether only the number of matches is wanted.
    let isCountOnly: Bool
    /// What the client is told beside the matches.
    var warnings: [OperationOutcome.Issue]

    /// Matches on a page unless the client says otherwise, and at most.
    static let defaultCount = 100, maximumCount = 500

    /// Reads the parameters in the order of §4.3; the first failure wins.
    ///
    /// - Throws: ``HubError`` 400, or 406 for `_format`.
    init(_ parameters: SearchParameters, types known: VaccineTypes) throws(HubError) {
        if let format = parameters[.format] { try FormatParameter.check(format) }
        try Self.checkSelectors(parameters)
        subject = try Self.subject(parameters)
        var warnings: [OperationOutcome.Issue] = []
        let selector = try VaccineSelector(parameters, isMandatory: subject.needsSelector, known: known)
        types = selector.types
        diseases = selector.diseases
        warnings += selector.warnings
        let options = try SearchOptions(parameters)
        filter = options.filter
        filterParameters = options.filterParameters
        ids = options.ids
        order = options.order
        count = options.count
        isCountOnly = options.isCountOnly
        if !parameters.unknown.isEmpty {
            let names = parameters.unknown.map(SearchParameters.shown).joined(separator: ", ")
            warnings.append(
                .init(.notSupported, severity: .warning, diagnostics: "Parameters not supported were ignored: \(names)")
            )
        }
        self.warnings = warnings
    }

    /// A search for one patient's records of one type, as the older API has it.
    init(of number: NHSNumber, type: String, filter: HistoryFilter) {
        subject = .patient(number, .patientNumber)
        types = [type]
        diseases = []
        self.filter = filter
        filterParameters = []
        ids = nil
        order = .latestFirst
        count = Self.maximumCount
        isCountOnly = false
        warnings = []
    }

    ///
    private static func checkSelectors(_ parameters: SearchParameters) throws(HubError) {
        guard parameters.has(.disease), let other = parameters.first(of: [.target, .formerTarget, .identifier]) else {
            return
        }
        throw .invalid("The parameters target-disease and \(other.rawValue) exclude each other.")
    }

    private static func subject(_ parameters: SearchParameters) throws(HubError) -> Subject {
        if parameters.has(.identifier) || parameters.has(.elements) { return try identifierSubject(parameters) }
        let names: [SearchParameters.Name] = [.patientNumber, .patientIdentifier, .patient]
        let sent = names.filter(parameters.has)
        guard let name = sent.first else {
            if parameters.has(.id), parameters.first(of: [.target, .formerTarget, .disease]) == nil { return .ids }
            throw .invalid("The parameter patient.identifier is missing.")
        }
        guard sent.count == 1 else {
            throw .invalid(
                "The parameters patient.identifier, patient:identifier and patient exclude each other; send one of them."
            )
        }
        return .patient(try patientNumber(parameters[name] ?? "", of: name), name)
    }

    /// Q-31 a.
    static func patientNumber(
        _ value: String,
        of name: SearchParameters.Name
    ) throws(HubError) -> NHSNumber {
        // The advice names patient.identifier, whichever of the three forms was sent.
        let parameter =
            name == .patientNumber
            ? "The parameter patient.identifier" : "The parameter \(name.rawValue) (patient.identifier)"
        let parts = SearchValue(value).parts
        guard parts.count == 1, let part = parts.first else {
            throw .invalid("\(parameter) must have exactly one value.")
        }
        let digits: String
        if name == .patient {
            digits = part.text.hasPrefix("Patient/") ? String(part.text.dropFirst("Patient/".count)) : part.text
        } else {
            guard let token = part.token, token.system == FHIRSystem.nhsNumber else {
                throw .invalid("\(parameter) must be \(FHIRSystem.nhsNumber)|NUMBER.")
            }
            digits = token.code
        }
        guard digits.utf8.count == 10, let number = NHSNumber(digits) else {
            throw .invalid("\(parameter) does not hold a valid NHS number.")
        }
        return number
    }

    /// §4.7.
    private static func identifierSubject(_ parameters: SearchParameters) throws(HubError) -> Subject {
        guard let value = parameters[.identifier] else {
            throw .invalid("The parameter _elements needs the parameter identifier.")
        }
        let others: [SearchParameters.Name] = [
            .patientNumber, .patientIdentifier, .patient, .target, .formerTarget, .dateFrom, .dateTo, .date, .include,
            .status, .product, .id, .sort,
        ]
        if let other = parameters.first(of: others) {
            throw .invalid("The parameters identifier and \(other.rawValue) exclude each other.")
        }
        let parts = SearchValue(value).parts
        guard parts.count == 1, let fields = parts.first?.fields, fields.count > 1,
            !fields.contains(where: { $0.contains(where: \.isWhitespace) })
        else {
            throw .invalid("The parameter identifier must be one system|value without blanks.")
        }
        let identifier = RecordIdentifier(system: fields[0], value: fields.dropFirst().joined(separator: "|"))
        guard let elements = parameters[.elements] else { return .identifier(identifier, elements: nil) }
        let names = SearchValue(elements).parts.map(\.text)
        guard names.allSatisfy(["id", "meta"].contains) else {
            throw .invalid("The parameter _elements must be id, meta or both.")
        }
        return .identifier(identifier, elements: ["id", "meta"].filter(names.contains))
    }
}

extension ImmunizationQuery.Subject {
    /// Whether a vaccine selector has to be sent: in NHS's own form of the search (Q-31 b).
    fileprivate var needsSelector: Bool {
        if case .patient(_, .patientNumber) = self { true } else { false }
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        let start = drop(while: \.isWhitespace)
        return String(start.dropLast(start.reversed().prefix(while: \.isWhitespace).count))
    }
}
