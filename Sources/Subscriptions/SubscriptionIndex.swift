package import Events

/// The active subscriptions by rule, each filed under its most selective clause, so that the cost of an event does not grow
/// with their number (D-95).
///
/// Filed are the clauses in the order of ``FilterClause``; whatever else a filter asks is evaluated for those that were found.
/// Subscriptions without such a clause are evaluated for every event. Those that name patients belong to
/// ``NamedSubscriptions``.
package struct SubscriptionIndex: Sendable, EventMatcher {
    private struct Rule {
        let id: SubscriptionID
        let audience: Subscription.Audience
        let filter: SubscriptionFilter
    }

    /// Where a rule is filed.
    private enum Place {
        case clause(FilterClause, Set<String>)
        case everywhere

        init(_ filter: SubscriptionFilter) {
            if let clause = FilterClause.allCases.first(where: { filter.texts[$0] != nil }) {
                self = .clause(clause, filter[clause])
            } else {
                self = .everywhere
            }
        }
    }

    /// Rules by slot; a slot whose rule is gone is used again.
    private var rules: [Rule?] = []
    private var slots: [SubscriptionID: Int] = [:]
    private var free: [Int] = []
    private var byText: [FilterClause: [String: [Int]]] = [:]
    private var unfiled: [Int] = []
    /// How many rules ask for the record's content.
    private var factsAskers = 0
    /// How many rules ask where practice or home lie.
    private var geographyAskers = 0

    /// - Parameter subscriptions: Those that take part in routing; those whose events are not recorded are left out.
    package init(_ subscriptions: some Sequence<Subscription> = []) {
        for subscription in subscriptions { update(subscription) }
    }

    /// How many subscriptions take part.
    package var count: Int { slots.count }
    /// The subscriptions that take part.
    package var subscriptionIDs: Set<SubscriptionID> { Set(slots.keys) }
    /// Whether some event can only be decided with the content of its record.
    package var asksForFacts: Bool { factsAskers > 0 }
    /// Whether some event can only be decided with the geography of its patient.
    package var asksForGeography: Bool { geographyAskers > 0 }

    /// Takes over how a subscription is now: files it, files it anew, or takes it out.
    package mutating func update(_ subscription: Subscription) {
        remove(subscription.id)
        guard subscription.isRecording else { return }
        insert(subscription.id, subscription.audience, subscription.filter)
    }

    /// Files a subscription that takes part and is not filed yet.
    package mutating func insert(
        _ id: SubscriptionID,
        _ audience: Subscription.Audience,
        _ filter: SubscriptionFilter
    ) {
        let rule = Rule(id: id, audience: audience, filter: filter)
        let slot = free.popLast() ?? rules.endIndex
        if slot == rules.endIndex { rules.append(rule) } else { rules[slot] = rule }
        slots[id] = slot
        count(filter, 1)
        switch Place(filter) {
        case .clause(let clause, let values):
            for value in values { byText[clause, default: [:]][value, default: []].append(slot) }
        case .everywhere: unfiled.append(slot)
        }
    }

    /// Takes a subscription out, if it is there.
    package mutating func remove(_ id: SubscriptionID) {
        guard let slot = slots.removeValue(forKey: id), let rule = rules[slot] else { return }
        rules[slot] = nil
        free.append(slot)
        count(rule.filter, -1)
        switch Place(rule.filter) {
        case .clause(let clause, let values):
            for value in values {
                byText[clause]?[value]?.removeAll { $0 == slot }
                if byText[clause]?[value]?.isEmpty == true { byText[clause]?[value] = nil }
            }
            if byText[clause]?.isEmpty == true { byText[clause] = nil }
        case .everywhere: unfiled.removeAll { $0 == slot }
        }
    }

    private mutating func count(_ filter: SubscriptionFilter, _ change: Int) {
        if filter.asksForFacts { factsAskers += change }
        if filter.asksForGeography { geographyAskers += change }
    }

    package func matches(_ event: VaccinationEvent, patient: PatientDetails?) -> [EventMatch] {
        var matches: [EventMatch] = []
        find(event, patient, into: &matches)
        return matches
    }

    func find(_ event: VaccinationEvent, _ patient: PatientDetails?, into matches: inout [EventMatch]) {
        evaluate(unfiled, event, patient, into: &matches)
        for (clause, values) in byText {
            let found = clause.values(in: event, patient).compactMap { values[$0] }
            if found.count == 1 {
                evaluate(found[0], event, patient, into: &matches)
            } else if found.count > 1 {
                // A rule may be filed under more than one value that the event has.
                evaluate(Array(Set(found.joined())), event, patient, into: &matches)
            }
        }
    }

    private func evaluate(
        _ found: [Int],
        _ event: VaccinationEvent,
        _ patient: PatientDetails?,
        into matches: inout [EventMatch]
    ) {
        for slot in found {
            guard let rule = rules[slot], rule.audience.mayHear(of: event, patient),
                rule.filter.accepts(event, patient: patient)
            else { continue }
            matches.append(EventMatch(rule.id, wantsKind: rule.filter.accepts(event.kind)))
        }
    }
}
