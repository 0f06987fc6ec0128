package import Events

/// Where subscriptions, practices and the patient directory are kept; implemented on PostgreSQL.
package protocol SubscriptionStore: Sendable {
    /// Files a subscription with its head and lane, and raises the generation in the same transaction (D-93).
    func create(_ subscription: Subscription) async throws

    /// A subscription and how far it has got.
    func progress(of id: SubscriptionID) async throws -> SubscriptionProgress?

    /// All subscriptions, oldest first.
    func allProgress() async throws -> [SubscriptionProgress]

    /// Files practices; each with an endpoint gets a GP subscription, or its endpoint changed.
    func load(practices: [Practice]) async throws

    /// Files what is known of patients; a later entry replaces an earlier one, in these columns.
    func load(patients: [PatientRegistration], columns: Set<PatientRegistration.Column>) async throws

    /// Files where postcodes lie; a later entry replaces an earlier one.
    func load(places: [PostcodePlace]) async throws
}

extension SubscriptionStore {
    /// Files everything that is known of patients; a later entry replaces an earlier one.
    package func load(patients: [PatientRegistration]) async throws {
        try await load(patients: patients, columns: Set(PatientRegistration.Column.allCases))
    }
}
