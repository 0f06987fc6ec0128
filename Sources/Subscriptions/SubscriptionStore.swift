package import Events
package import Vaccination

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

    /// Files where patients are registered; a later entry replaces an earlier one.
    func load(patients: [PatientRegistration]) async throws
}

/// A GP practice and where its system takes notifications.
package struct Practice: Sendable, Hashable, Codable {
    package var odsCode: String
    package var name: String
    /// URL of the practice's endpoint; without one its patients' events are not pushed.
    package var endpoint: String?

    package init(odsCode: String, name: String, endpoint: String?) {
        self.odsCode = odsCode
        self.name = name
        self.endpoint = endpoint
    }
}

/// Where one patient is registered.
package struct PatientRegistration: Sendable, Hashable {
    package var nhsNumber: NHSNumber
    /// ODS code of the practice; absent for somebody registered nowhere.
    package var practice: String?

    package init(nhsNumber: NHSNumber, practice: String?) {
        self.nhsNumber = nhsNumber
        self.practice = practice
    }
}
