package import Foundation
import Vaccination

/// Names a subscription.
package struct SubscriptionID: Sendable, Hashable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    package var description: String { uuid.uuidString.lowercased() }
}

/// The decision about a slice: which events are new, and who gets each in which shape.
///
/// It is pure; the store carries it out.
package struct RoutingPlan: Sendable {
    /// An event with everybody who is to hear of it.
    package struct RoutedEvent: Sendable, Hashable {
        package var event: VaccinationEvent
        package var practice: String?
        package var deliveries: [Delivery]
    }

    /// One entry of one subscription.
    package struct Delivery: Sendable, Hashable {
        package var subscription: SubscriptionID
        package var shape: EventShape
    }

    package private(set) var routed: [RoutedEvent] = []
    /// Events that were routed before and came again (D-84).
    package private(set) var repeated = 0

    /// Decides in log order, each event seeing the effect of those before it.
    package init(_ events: [VaccinationEvent], context: RoutingContext, matcher: some EventMatcher) {
        var context = context
        for event in events {
            guard event.change > context.routedThrough[event.recordID, default: 0] else {
                repeated += 1
                continue
            }
            for overtaken in context.overtaken(before: event) { route(overtaken, &context, matcher) }
            route(event, &context, matcher)
        }
    }

    private mutating func route(
        _ event: VaccinationEvent,
        _ context: inout RoutingContext,
        _ matcher: some EventMatcher
    ) {
        context.routedThrough[event.recordID] = event.change
        let patient = event.attributes.nhsNumber.flatMap { context.patients[$0] }
        let matches = matcher.matches(event, patient: patient)
        let recipients = context.recipients[event.recordID] ?? [:]
        let holders = Set(recipients.filter { $0.value != .delete }.keys)
        var deliveries = Self.deliveries(of: event, to: matches, recipients: recipients, holders: holders)
        if patient?.isRestricted == true, event.kind == .corrected,
            context.patient[event.recordID] == event.attributes.nhsNumber
        {
            // That a patient is restricted must not look as if the record had been removed (`fhir-subscriptions.md` §11).
            deliveries.removeAll { $0.shape == .delete }
        }
        if context.patient[event.recordID] == event.attributes.nhsNumber, event.kind == .corrected {
            deliveries = deliveries.map { delivery in
                guard delivery.shape == .delete, context.keepers.contains(delivery.subscription) else {
                    return delivery
                }
                return Delivery(subscription: delivery.subscription, shape: .put)
            }
        }
        let muted = context.muted[event.attributes.supplier] ?? []
        deliveries.removeAll { muted.contains($0.subscription) }
        for delivery in deliveries {
            context.recipients[event.recordID, default: [:]][delivery.subscription] = delivery.shape
        }
        context.patient[event.recordID] = event.attributes.nhsNumber
        routed.append(RoutedEvent(event: event, practice: patient?.practice, deliveries: deliveries))
    }

    /// The table of `fhir-subscriptions.md` §4.3, with "the previous version matches" read as "was told of it and not yet
    /// told that it is gone": so a correction reaches everyone who holds the record, whatever became of their filter.
    private static func deliveries(
        of event: VaccinationEvent,
        to matches: [EventMatch],
        recipients: [SubscriptionID: EventShape],
        holders: Set<SubscriptionID>
    ) -> [Delivery] {
        guard event.kind != .removed else {
            // A removal also goes to those who match now but never had the record: the practice a patient has moved to.
            let newcomers = matches.filter { $0.wantsKind && recipients[$0.subscription] == nil }.map(\.subscription)
            return (Array(holders) + newcomers).map { Delivery(subscription: $0, shape: .delete) }
        }
        let current = Set(matches.map(\.subscription))
        let told = matches.compactMap { match -> Delivery? in
            if holders.contains(match.subscription) { return Delivery(subscription: match.subscription, shape: .put) }
            return match.wantsKind ? Delivery(subscription: match.subscription, shape: .post) : nil
        }
        return told + holders.subtracting(current).map { Delivery(subscription: $0, shape: .delete) }
    }
}
