import Events
import FHIR
import Vaccination

/// Reads the values of a filter's parameters; what cannot be read is said without repeating it, for it may be a patient's.
enum FilterValue {
    /// `Patient/<NHS number>`, or an absolute URL that ends so.
    static func patient(_ text: String) throws(FilterFault) -> NHSNumber {
        let parts = FilterClauseText.unescaped(text).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[parts.count - 2] == "Patient" else {
            throw FilterFault(.value, "A value of 'patient' must be Patient/ and an NHS number.")
        }
        return try number(String(parts[parts.count - 1]), "patient")
    }

    /// A token with an NHS number.
    static func nhsNumber(_ text: String) throws(FilterFault) -> NHSNumber {
        try number(try code(text, .patientIdentifier, systems: [FHIRSystem.nhsNumber]), "patient.identifier")
    }

    private static func number(_ text: String, _ name: String) throws(FilterFault) -> NHSNumber {
        guard text.utf8.count == 10, let number = NHSNumber(text) else {
            throw FilterFault(
                .value,
                "A value of '\(name)' is no NHS number: ten digits of which the last one is the check digit."
            )
        }
        return number
    }

    static func status(_ text: String) throws(FilterFault) -> String {
        let status = try code(text, .status, systems: ["http://hl7.org/fhir/event-status"])
        guard ["completed", "not-done", "entered-in-error"].contains(status) else {
            throw FilterFault(.value, "A value of 'status' must be completed, not-done or entered-in-error.")
        }
        return status
    }

    static func organisation(_ text: String, _ parameter: FilterParameter) throws(FilterFault) -> String {
        guard let organisation = ODSCode(try code(text, parameter, systems: [FHIRSystem.odsCode])) else {
            throw FilterFault(.value, "A value of '\(parameter.rawValue)' must be an ODS code.")
        }
        return organisation.text
    }

    static func vaccineType(_ text: String, _ known: Set<String>) throws(FilterFault) -> String {
        let type = try code(text, .vaccineType, systems: [])
        guard known.contains(type.uppercased()) else {
            throw FilterFault(
                .value,
                "A value of 'vaccine-type' is no vaccine type here; these are: \(known.sorted().joined(separator: ", "))."
            )
        }
        return type.uppercased()
    }

    /// What is done to a record, as the kind of event.
    static func action(_ text: String) throws(FilterFault) -> EventKind {
        switch try code(text, .action, systems: []) {
        case "create": .recorded
        case "update": .corrected
        case "delete": .removed
        default: throw FilterFault(.value, "A value of 'action' must be create, update or delete.")
        }
    }

    /// A token, `system|code`, `|code` or `code`, of which the code.
    ///
    /// - Parameters:
    ///   - text: The value as it stands between commas.
    ///   - parameter: Whose value it is.
    ///   - systems: The systems that may be named; none for codes that belong to no system.
    /// - Returns: The code.
    /// - Throws: ``FilterFault`` for no token, and for another system.
    static func code(_ text: String, _ parameter: FilterParameter, systems: [String]) throws(FilterFault) -> String {
        let parts = FilterClauseText.split(text, at: "|").map(FilterClauseText.unescaped)
        guard let code = parts.last, !code.isEmpty, code.utf8.count <= 256, parts.count <= 2 else {
            throw FilterFault(
                .value,
                "A value of '\(parameter.rawValue)' must be a code, with the system and | before it if you like."
            )
        }
        let system = parts.count == 2 ? parts[0] : nil
        // Without a system asked for, one may be named: the codes are Herald's own.
        guard let system, !systems.isEmpty, !systems.contains(system) else {
            return code
        }
        throw FilterFault(
            .value,
            "A value of '\(parameter.rawValue)' names a system that no record has; it is \(systems.joined(separator: ", "))."
        )
    }

    /// A date with a comparator: the days that meet it.
    static func days(_ text: String) throws(FilterFault) -> [Bounds<CivilDate>] {
        let (comparator, rest) = try split(text, .date)
        guard let date = FHIRDateTime(rest), !date.hasTime else {
            throw FilterFault(.value, "A value of 'date' must be a year, a month or a day, such as ge2026-09-01.")
        }
        let first = date.date
        let last: CivilDate? =
            switch date.precision {
            case .year: CivilDate(year: first.year, month: 12, day: 31)
            case .month:
                CivilDate(
                    year: first.year,
                    month: first.month,
                    day: CivilDate.daysInMonth(year: first.year, month: first.month)
                )
            default: first
            }
        let end = last ?? first
        let before = CivilDate(daysSince1970: first.daysSince1970 - 1)
        let after = CivilDate(daysSince1970: end.daysSince1970 + 1)
        let bounds: [Bounds<CivilDate>?] =
            switch comparator {
            case "ne": [Bounds(through: before), Bounds(from: after)]
            case "gt": [Bounds(from: after)]
            case "ge": [Bounds(from: first)]
            case "lt": [Bounds(through: before)]
            case "le": [Bounds(through: end)]
            default: [Bounds(from: first, through: end)]
            }
        return bounds.compactMap(\.self)
    }

    /// Completed years with a comparator.
    static func years(_ text: String) throws(FilterFault) -> Bounds<Int> {
        let (comparator, rest) = try split(text, .age)
        guard let bounds = Bounds<Int>(years: comparator + rest) else {
            throw FilterFault(.value, "A value of 'age' must be a number of completed years, such as ge65.")
        }
        return bounds
    }

    private static func split(_ text: String, _ parameter: FilterParameter) throws(FilterFault) -> (String, String) {
        let value = FilterClauseText.unescaped(text)
        // Two letters are a comparator; a word, such as `yesterday`, is no value.
        let letters = value.prefix { $0.isASCII && $0.isLetter }
        let comparator = letters.count == 2 ? String(letters) : ""
        guard comparator.isEmpty || parameter.comparators.contains(comparator) else {
            throw FilterFault(
                .notSupported,
                "Comparator '\(comparator.prefix(8))' of filter parameter '\(parameter.rawValue)' is not offered; these are: "
                    + parameter.comparators.joined(separator: ", ")
            )
        }
        return (comparator.isEmpty ? "eq" : comparator, String(value.dropFirst(comparator.count)))
    }
}
