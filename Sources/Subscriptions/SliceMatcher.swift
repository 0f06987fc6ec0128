package import Events

/// The subscriptions a slice of events is matched against: the rules, which stay in memory, and those that name patients of
/// the slice, which were looked up for it; so tens of millions of the latter cost no memory.
package struct SliceMatcher: Sendable, EventMatcher {
    private let rules: SubscriptionIndex
    private let explicit: SubscriptionIndex

    /// - Parameters:
    ///   - rules: Subscriptions that name no patient.
    ///   - explicit: Every subscription that names a patient of the slice.
    package init(rules: SubscriptionIndex, explicit: SubscriptionIndex) {
        self.rules = rules
        self.explicit = explicit
    }

    /// Whether some event can only be decided with the content of its record.
    package var asksForFacts: Bool { rules.asksForFacts || explicit.asksForFacts }
    /// Whether some event can only be decided with the geography of its patient.
    package var asksForGeography: Bool { rules.asksForGeography || explicit.asksForGeography }

    package func matches(_ event: VaccinationEvent, patient: PatientDetails?) -> [EventMatch] {
        explicit.matches(event, patient: patient) + rules.matches(event, patient: patient)
    }
}
