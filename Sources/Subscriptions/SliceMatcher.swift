package import Events

/// The subscriptions a slice of events is matched against: the rules, which stay in memory, and those that name patients of
/// the slice, which were looked up for it; so tens of millions of the latter cost no memory.
package struct SliceMatcher: Sendable, EventMatcher {
    private let rules: SubscriptionIndex
    private let named: NamedSubscriptions

    /// - Parameters:
    ///   - rules: Subscriptions that name no patient.
    ///   - named: Every subscription that names a patient of the slice.
    package init(rules: SubscriptionIndex, named: NamedSubscriptions) {
        self.rules = rules
        self.named = named
    }

    /// Whether some event can only be decided with the content of its record.
    package var asksForFacts: Bool { rules.asksForFacts || named.asksForFacts }
    /// Whether some event can only be decided with the geography of its patient.
    package var asksForGeography: Bool { rules.asksForGeography || named.asksForGeography }

    package func matches(_ event: VaccinationEvent, patient: PatientDetails?) -> [EventMatch] {
        var matches: [EventMatch] = []
        named.find(event, patient, into: &matches)
        rules.find(event, patient, into: &matches)
        return matches
    }
}
