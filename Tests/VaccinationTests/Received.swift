import FHIR
import Testing
import Vaccination

/// Immunizations as they come over an API.
enum Received {
    /// 2026-01-01 00:00 UTC.
    static let now: Int64 = 1_767_225_600_000_000

    /// A valid resource with every element a row can make.
    static let full: JSONValue = (try? SampleRow.immunization(SampleRow.full)) ?? .null

    static func check(_ resource: JSONValue) -> ImmunizationCheckResult {
        ImmunizationValidator(vaccineTypes: .builtIn, now: now).check(resource)
    }

    static func record(_ resource: JSONValue) -> VaccinationRecord? {
        guard case .accepted(let record, _) = check(resource) else { return nil }
        return record
    }

    static func findings(_ resource: JSONValue) -> [RowFinding] {
        switch check(resource) {
        case .accepted(_, let warnings): warnings
        case .rejected(let findings): findings
        }
    }

    static func texts(_ resource: JSONValue) -> [String] { findings(resource).map(\.text) }
}

extension JSONValue {
    /// The value with the element at a path such as `contained[0].id` set or, with nil, taken out.
    func setting(_ path: String, to value: JSONValue?) throws -> JSONValue {
        let steps = path.replacing("]", with: "").replacing("[", with: ".").split(separator: ".").map(String.init)
        return try setting(steps[...], to: value) ?? .null
    }

    private func setting(_ steps: ArraySlice<String>, to value: JSONValue?) throws -> JSONValue? {
        guard let step = steps.first else { return value }
        let rest = steps.dropFirst()
        if let index = Int(step), case .array(var elements) = self {
            let changed = try (elements.indices.contains(index) ? elements[index] : .null).setting(rest, to: value)
            if index == elements.count {
                elements.append(try #require(changed))
            } else if let changed {
                elements[index] = changed
            } else {
                elements.remove(at: index)
            }
            return .array(elements)
        }
        var object = try #require(object)
        object[step] = try (object[step] ?? [:]).setting(rest, to: value)
        return .object(object)
    }
}
