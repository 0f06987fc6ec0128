import Events
import FHIR
import Vaccination

/// The filters of a FHIR subscription, read into what matching goes by (`fhir-subscriptions.md` §3.1, §4.2).
package struct FilterCriteria {
    /// One filter, as it was sent, and the element it stands in.
    package struct Text: Sendable, Hashable {
        package var text: String
        package var expression: String

        package init(_ text: String, at expression: String) {
            self.text = text
            self.expression = expression
        }
    }

    /// How much may be asked for.
    private static let limits = (filters: 50, values: 500, bytes: 8 << 10)

    private(set) package var filter = SubscriptionFilter()
    private(set) package var findings: [SubscriptionFinding] = []
    private let topic: String
    private let knownVaccineTypes: Set<String>
    private var valueCount = 0

    /// Reads filters; all of them have to hold.
    ///
    /// - Parameters:
    ///   - texts: The filters.
    ///   - topic: The topic's canonical URL, for what is said of faults.
    ///   - vaccineTypes: The codes of the vaccine types there are.
    package init(_ texts: [Text], topic: String, vaccineTypes: Set<String>) {
        self.topic = topic
        knownVaccineTypes = vaccineTypes
        if texts.count > Self.limits.filters {
            let place = texts[Self.limits.filters].expression
            findings.append(SubscriptionFinding(.value, "At most \(Self.limits.filters) filters are taken.", at: place))
        }
        for text in texts.prefix(Self.limits.filters) {
            for finding in read(text.text) {
                findings.append(SubscriptionFinding(finding.type, finding.text, at: text.expression))
            }
        }
    }

    private mutating func read(_ text: String) -> [FilterFault] {
        guard text.utf8.count <= Self.limits.bytes else {
            return [FilterFault(.value, "A filter must not be longer than 8 KiB.")]
        }
        return text.split(separator: "&", omittingEmptySubsequences: false).compactMap { clause in
            do throws(FilterFault) {
                try add(clause)
                return nil
            } catch {
                return error
            }
        }
    }

    private mutating func add(_ text: Substring) throws(FilterFault) {
        guard let clause = FilterClauseText(text) else {
            throw FilterFault(.value, "A filter must be name=value[,value], for example vaccine-type=FLU,COVID.")
        }
        let shown = clause.name.prefix(64)
        guard let parameter = FilterParameter(rawValue: clause.name) else {
            throw FilterFault(.notSupported, "Filter parameter '\(shown)' is not offered by topic \(topic)")
        }
        if let modifier = clause.modifier {
            throw FilterFault(
                .notSupported,
                "Modifier '\(modifier.prefix(32))' of filter parameter '\(shown)' is not offered by topic \(topic)"
            )
        }
        valueCount += clause.values.count
        guard valueCount <= Self.limits.values else {
            throw FilterFault(.value, "At most \(Self.limits.values) values are taken in all filters together.")
        }
        try apply(parameter, clause.values)
    }

    private mutating func apply(_ parameter: FilterParameter, _ values: [String]) throws(FilterFault) {
        switch parameter {
        case .patient:
            try narrowPatients(to: values.mapped { (text) throws(FilterFault) in try FilterValue.patient(text) })
        case .patientIdentifier:
            try narrowPatients(to: values.mapped { (text) throws(FilterFault) in try FilterValue.nhsNumber(text) })
        case .vaccineCode: try ask(.products, for: snomed(values, parameter), parameter)
        case .targetDisease: try ask(.targetDiseases, for: snomed(values, parameter), parameter)
        case .status:
            try narrow(
                .statuses,
                to: values.mapped { (text) throws(FilterFault) in try FilterValue.status(text) },
                parameter
            )
        case .performerOrganisation: try narrow(.performers, to: organisations(values, parameter), parameter)
        case .registeredGP: try narrow(.registeredPractices, to: organisations(values, parameter), parameter)
        case .vaccineType:
            let known = knownVaccineTypes
            let types = try values.mapped { (text) throws(FilterFault) in try FilterValue.vaccineType(text, known) }
            try narrow(.vaccineTypes, to: types, parameter)
        case .sourceSystem:
            let systems = try values.mapped { (text) throws(FilterFault) in
                try FilterValue.code(text, parameter, systems: [])
            }
            try narrow(.suppliers, to: systems, parameter)
        case .action:
            let kinds = Set(try values.mapped { (text) throws(FilterFault) in try FilterValue.action(text) })
            filter.kinds = filter.kinds.isEmpty ? kinds : filter.kinds.intersection(kinds)
            if filter.kinds.isEmpty { throw .contradiction(parameter) }
        case .date:
            let days = try values.mapped { (text) throws(FilterFault) in try FilterValue.days(text) }.flatMap(\.self)
            filter.days = try Self.both(filter.days, days, parameter)
        case .age:
            let ages = try values.mapped { (text) throws(FilterFault) in try FilterValue.years(text) }
            filter.vaccinationAges = try Self.both(filter.vaccinationAges, ages, parameter)
        }
    }

    private func snomed(_ values: [String], _ parameter: FilterParameter) throws(FilterFault) -> [String] {
        try values.mapped { (text) throws(FilterFault) in
            try FilterValue.code(text, parameter, systems: [FHIRSystem.snomed])
        }
    }

    private func organisations(_ values: [String], _ parameter: FilterParameter) throws(FilterFault) -> [String] {
        try values.mapped { (text) throws(FilterFault) in try FilterValue.organisation(text, parameter) }
    }

    private mutating func narrowPatients(to patients: [NHSNumber]) throws(FilterFault) {
        filter.patients = filter.patients.isEmpty ? Set(patients) : filter.patients.intersection(patients)
        if filter.patients.isEmpty { throw .contradiction(.patient) }
    }

    /// For what an event has one of: of two filters both must hold.
    private mutating func narrow(
        _ clause: FilterClause,
        to values: [String],
        _ parameter: FilterParameter
    ) throws(FilterFault) {
        let both = filter[clause].isEmpty ? Set(values) : filter[clause].intersection(values)
        if both.isEmpty { throw .contradiction(parameter) }
        filter[clause] = both
    }

    /// For what an event may have several of: two filters would ask for both, which a clause cannot say.
    private mutating func ask(
        _ clause: FilterClause,
        for values: [String],
        _ parameter: FilterParameter
    ) throws(FilterFault) {
        guard filter[clause].isEmpty || filter[clause] == Set(values) else {
            throw FilterFault(
                .notSupported,
                "Filter parameter '\(parameter.rawValue)' is taken once; give its alternatives with commas between them."
            )
        }
        filter[clause] = Set(values)
    }

    /// What lies in one of each.
    private static func both<Value>(
        _ known: [Bounds<Value>],
        _ new: [Bounds<Value>],
        _ parameter: FilterParameter
    ) throws(FilterFault) -> [Bounds<Value>] {
        guard !known.isEmpty else { return new }
        let common = known.flatMap { old in new.compactMap { old.intersection($0) } }
        if common.isEmpty { throw .contradiction(parameter) }
        return Array(Set(common))
    }
}

/// What is wrong with one clause.
struct FilterFault: Error {
    let type: OperationOutcome.IssueType
    let text: String

    init(_ type: OperationOutcome.IssueType, _ text: String) {
        self.type = type
        self.text = text
    }

    static func contradiction(_ parameter: FilterParameter) -> Self {
        Self(.value, "The filters on '\(parameter.rawValue)' exclude each other: no event can meet them all.")
    }
}

extension [String] {
    fileprivate func mapped<Value>(_ read: (String) throws(FilterFault) -> Value) throws(FilterFault) -> [Value] {
        var values: [Value] = []
        for text in self { values.append(try read(text)) }
        return values
    }
}
