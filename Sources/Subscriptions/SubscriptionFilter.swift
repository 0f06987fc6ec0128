package import Events
package import Vaccination

/// What a subscription wants to hear of.
///
/// Clauses are joined by AND, the values of one clause by OR; no clause is everything.
package struct SubscriptionFilter: Sendable, Hashable {
    /// The patients asked for.
    package var patients: Set<NHSNumber>
    /// Short codes of vaccine types, such as `FLU`.
    package var vaccineTypes: Set<String>
    /// ODS codes of performing organisations.
    package var performers: Set<String>
    /// ODS codes of the practices patients are registered with when the event happens.
    package var registeredPractices: Set<String>

    package init(
        patients: Set<NHSNumber> = [],
        vaccineTypes: Set<String> = [],
        performers: Set<String> = [],
        registeredPractices: Set<String> = []
    ) {
        self.patients = patients
        self.vaccineTypes = vaccineTypes
        self.performers = performers
        self.registeredPractices = registeredPractices
    }

    /// Whether an event meets every clause.
    package func accepts(_ event: VaccinationEvent, practice: String?) -> Bool {
        let attributes = event.attributes
        return accepts(attributes.nhsNumber, in: patients)
            && accepts(attributes.vaccineType, in: vaccineTypes)
            && accepts(attributes.performer, in: performers)
            && accepts(practice, in: registeredPractices)
    }

    private func accepts<Value: Hashable>(_ value: Value?, in wanted: Set<Value>) -> Bool {
        wanted.isEmpty || value.map(wanted.contains) == true
    }
}

extension SubscriptionFilter: Codable {
    private enum CodingKeys: String, CodingKey { case patients, vaccineTypes, performers, registeredPractices }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let numbers = try container.decodeIfPresent([String].self, forKey: .patients) ?? []
        patients = Set(
            try numbers.map { text in
                guard let number = NHSNumber(text) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: .patients,
                        in: container,
                        debugDescription: "not an NHS number"
                    )
                }
                return number
            }
        )
        vaccineTypes = try container.decodeIfPresent(Set<String>.self, forKey: .vaccineTypes) ?? []
        performers = try container.decodeIfPresent(Set<String>.self, forKey: .performers) ?? []
        registeredPractices = try container.decodeIfPresent(Set<String>.self, forKey: .registeredPractices) ?? []
    }

    /// Writes the clauses that are there, with their values in order.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let clauses: [(CodingKeys, [String])] = [
            (.patients, patients.map(\.digits)), (.vaccineTypes, Array(vaccineTypes)),
            (.performers, Array(performers)), (.registeredPractices, Array(registeredPractices)),
        ]
        for (key, values) in clauses where !values.isEmpty {
            try container.encode(values.sorted(), forKey: key)
        }
    }
}
