package import FHIR

/// Values between two ends, both included; an end that is absent is open.
package struct Bounds<Value: Comparable & Hashable & Sendable>: Sendable, Hashable {
    package let from: Value?
    package let through: Value?

    /// The bounds; nil where no value can lie between them.
    package init?(from: Value? = nil, through: Value? = nil) {
        if let from, let through, from > through { return nil }
        self.from = from
        self.through = through
    }

    /// Whether the value lies between the ends.
    package func contains(_ value: Value) -> Bool {
        (from.map { $0 <= value } ?? true) && (through.map { value <= $0 } ?? true)
    }

    /// What lies in both; nil where nothing does.
    package func intersection(_ other: Self) -> Self? {
        let ends = [through, other.through].compactMap(\.self)
        return Bounds(from: [from, other.from].compactMap(\.self).max(), through: ends.min())
    }
}

extension Bounds<Int> {
    /// Completed years with a comparator before them: `lt14` is under the 14th birthday, `gt60` from the 61st, and
    /// `ge`, `le` and `eq` as in FHIR searches.
    package init?(years text: some StringProtocol) {
        guard let years = Int(text.dropFirst(2)), (0...150).contains(years), text.dropFirst(2).first?.isNumber == true
        else { return nil }
        switch text.prefix(2) {
        case "lt" where years > 0: self.init(through: years - 1)
        case "gt": self.init(from: years + 1)
        case "le": self.init(through: years)
        case "ge": self.init(from: years)
        case "eq": self.init(from: years, through: years)
        default: return nil
        }
    }
}

/// A value that stands in a stored filter as text or number.
package protocol StoredBound: Comparable, Hashable, Sendable {
    associatedtype Stored: Codable
    var stored: Stored { get }
    init?(stored: Stored)
}

extension Int: StoredBound {
    package var stored: Int { self }
    package init?(stored: Int) { self = stored }
}

extension CivilDate: StoredBound {
    package var stored: String { description }
    package init?(stored: String) { self.init(iso: stored.utf8.span) }
}

extension Bounds: Codable where Value: StoredBound {
    private enum CodingKeys: String, CodingKey { case from, through }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value(_ key: CodingKeys) throws -> Value? {
            guard let stored = try container.decodeIfPresent(Value.Stored.self, forKey: key) else { return nil }
            guard let value = Value(stored: stored) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "not a bound")
            }
            return value
        }
        guard let bounds = Bounds(from: try value(.from), through: try value(.through)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .from,
                in: container,
                debugDescription: "ends before it begins"
            )
        }
        self = bounds
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(from?.stored, forKey: .from)
        try container.encodeIfPresent(through?.stored, forKey: .through)
    }
}
