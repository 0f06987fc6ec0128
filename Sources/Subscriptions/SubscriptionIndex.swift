package import Events
import Vaccination

/// The active subscriptions, each filed under its most selective clause, so that the cost of an event does not grow with
/// their number (D-95).
package struct SubscriptionIndex: Sendable, EventMatcher {
    private let subscriptions: [Subscription]
    private var byPatient: [UInt64: [Int]] = [:]
    private var byPractice: [String: [Int]] = [:]
    private var byPerformer: [String: [Int]] = [:]
    private var byVaccineType: [String: [Int]] = [:]
    private var unfiltered: [Int] = []

    /// - Parameter subscriptions: Those that take part in routing; states other than `active` and `error` are left out.
    package init(_ subscriptions: some Sequence<Subscription>) {
        self.subscriptions = subscriptions.filter { $0.status == .active || $0.status == .error }
        for (position, subscription) in self.subscriptions.enumerated() {
            let filter = subscription.filter
            if !filter.patients.isEmpty {
                for patient in filter.patients { byPatient[patient.value, default: []].append(position) }
            } else if !filter.registeredPractices.isEmpty {
                for practice in filter.registeredPractices { byPractice[practice, default: []].append(position) }
            } else if !filter.performers.isEmpty {
                for performer in filter.performers { byPerformer[performer, default: []].append(position) }
            } else if !filter.vaccineTypes.isEmpty {
                for type in filter.vaccineTypes { byVaccineType[type, default: []].append(position) }
            } else {
                unfiltered.append(position)
            }
        }
    }

    /// How many subscriptions take part.
    package var count: Int { subscriptions.count }

    package func matches(_ event: VaccinationEvent, practice: String?) -> [SubscriptionID] {
        let attributes = event.attributes
        let candidates = [
            attributes.nhsNumber.flatMap { byPatient[$0.value] },
            practice.flatMap { byPractice[$0] },
            byPerformer[attributes.performer],
            byVaccineType[attributes.vaccineType],
            unfiltered,
        ]
        return candidates.lazy.compactMap(\.self).joined()
            .map { subscriptions[$0] }
            .filter { subscription in
                // A record that belongs to no known person goes to the national feed only (`csv-feed.md` §6).
                (attributes.nhsNumber != nil || subscription.audience == .nis)
                    && subscription.filter.accepts(event, practice: practice)
            }
            .map(\.id)
    }
}
