import Events
import FHIR
import Vaccination

/// The form in which a filter is stored and shown: the clauses that are there, with their values in order.
///
/// A clause that this program does not know is an error: passing over it would tell a subscriber more than was asked for.
extension SubscriptionFilter: Codable {
    private struct Key: CodingKey, Hashable {
        static let patients = Key("patients"), registration = Key("registration"), kinds = Key("kinds")
        static let ages = Key("ages"), vaccinationAges = Key("vaccinationAges"), days = Key("days")
        static let others = [patients, registration, kinds, ages, vaccinationAges, days]

        let stringValue: String
        var intValue: Int? { nil }

        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init()
        for key in container.allKeys {
            if let clause = FilterClause(rawValue: key.stringValue) {
                self[clause] = try container.decode(Set<String>.self, forKey: key)
            } else if !Key.others.contains(key) {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "unknown clause")
            }
        }
        patients = try container.values(.patients) { NHSNumber($0) }
        registration = try container.decodeIfPresent(Registration.self, forKey: .registration)
        kinds = try container.values(.kinds) { EventKind(name: $0) }
        ages = try container.decodeIfPresent([Bounds<Int>].self, forKey: .ages) ?? []
        vaccinationAges = try container.decodeIfPresent([Bounds<Int>].self, forKey: .vaccinationAges) ?? []
        days = try container.decodeIfPresent([Bounds<CivilDate>].self, forKey: .days) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        if !patients.isEmpty { try container.encode(patients.map(\.digits).sorted(), forKey: .patients) }
        for (clause, values) in texts { try container.encode(values.sorted(), forKey: Key(clause.rawValue)) }
        try container.encodeIfPresent(registration, forKey: .registration)
        if !kinds.isEmpty { try container.encode(kinds.map(\.name).sorted(), forKey: .kinds) }
        if !ages.isEmpty { try container.encode(ages, forKey: .ages) }
        if !vaccinationAges.isEmpty { try container.encode(vaccinationAges, forKey: .vaccinationAges) }
        if !days.isEmpty { try container.encode(days, forKey: .days) }
    }
}

extension KeyedDecodingContainer {
    /// The texts under a key, each read; one that cannot be read is an error without its words.
    fileprivate func values<Value: Hashable>(_ key: Key, _ read: (String) -> Value?) throws -> Set<Value> {
        Set(
            try (decodeIfPresent([String].self, forKey: key) ?? []).map { text in
                if let value = read(text) { return value }
                throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "not a value of it")
            }
        )
    }
}
