package import Events
package import Vaccination

/// The subscriptions that name patients of one slice, by patient.
///
/// It is made anew for each slice, of as many rows as the slice has patients: so an entry is a few words in two tables, and a
/// filter that many of them share is kept once.
package struct NamedSubscriptions: Sendable, EventMatcher {
    /// Names a filter of these.
    package struct FilterID: Sendable, Hashable { fileprivate let place: Int }

    private struct Entry {
        let id: SubscriptionID
        let audience: Subscription.Audience
        /// What is asked beside the patient.
        let filter: FilterID?
        /// The entry before of the same patient.
        let next: Int?
    }

    private var filters: [SubscriptionFilter] = []
    private var entries: [Entry] = []
    /// The last entry of each patient.
    private var last: [NHSNumber: Int] = [:]
    /// Whether some event can only be decided with the content of its record.
    package private(set) var asksForFacts = false
    /// Whether some event can only be decided with the geography of its patient.
    package private(set) var asksForGeography = false

    /// Nobody, to begin with.
    package init() {}

    /// The subscriptions that are here.
    package var subscriptionIDs: Set<SubscriptionID> { Set(entries.map(\.id)) }

    /// Makes room for so many patients.
    package mutating func reserveCapacity(_ count: Int) {
        entries.reserveCapacity(count)
        last.reserveCapacity(count)
    }

    /// Keeps what is asked beside the patient, for any number of subscriptions.
    package mutating func add(_ filter: SubscriptionFilter) -> FilterID {
        filters.append(filter)
        if filter.asksForFacts { asksForFacts = true }
        if filter.asksForGeography { asksForGeography = true }
        return FilterID(place: filters.count - 1)
    }

    /// Files a subscription that takes part under a patient it names; once for each of them.
    ///
    /// - Parameters:
    ///   - id: The subscription.
    ///   - audience: Whose it is.
    ///   - patient: The patient.
    ///   - filter: What it asks beside; nil for nothing.
    package mutating func insert(
        _ id: SubscriptionID,
        _ audience: Subscription.Audience,
        naming patient: NHSNumber,
        _ filter: FilterID?
    ) {
        let next = last.updateValue(entries.count, forKey: patient)
        entries.append(Entry(id: id, audience: audience, filter: filter, next: next))
    }

    package func matches(_ event: VaccinationEvent, patient: PatientDetails?) -> [EventMatch] {
        var matches: [EventMatch] = []
        find(event, patient, into: &matches)
        return matches
    }

    func find(_ event: VaccinationEvent, _ patient: PatientDetails?, into matches: inout [EventMatch]) {
        guard let number = event.attributes.nhsNumber else { return }
        var place = last[number]
        while let current = place {
            let entry = entries[current]
            place = entry.next
            guard entry.audience.mayHear(of: event, patient) else { continue }
            guard let filter = entry.filter.map({ filters[$0.place] }) else {
                matches.append(EventMatch(entry.id))
                continue
            }
            if filter.accepts(event, patient: patient) {
                matches.append(EventMatch(entry.id, wantsKind: filter.accepts(event.kind)))
            }
        }
    }
}

extension Subscription.Audience {
    /// Whether it may hear of an event at all.
    ///
    /// A record that belongs to no known person goes to the national feed only (`csv-feed.md` §6), and so does one of
    /// somebody who is restricted (`nems.md` §4.6).
    func mayHear(of event: VaccinationEvent, _ patient: PatientDetails?) -> Bool {
        self == .nis || event.attributes.nhsNumber != nil && patient?.isRestricted != true
    }
}
