package import Foundation
import Vaccination

/// Names a subscription.
package struct SubscriptionID: Sendable, Hashable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    package var description: String { uuid.uuidString.lowercased() }
}

/// Says which subscriptions want an event; the one question the router asks of them.
package protocol EventMatcher: Sendable {
    /// The active subscriptions whose filter the event meets.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - practice: ODS code of the practice the patient is registered with now, if known.
    /// - Returns: Their names, each once.
    func matches(_ event: VaccinationEvent, practice: String?) -> [SubscriptionID]
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
        let practice = event.attributes.nhsNumber.flatMap { context.practices[$0] }
        let muted = context.muted[event.attributes.supplier] ?? []
        let deliveries = Self.deliveries(
            of: event,
            matching: matcher.matches(event, practice: practice),
            recipients: context.recipients[event.recordID] ?? [:]
        ).filter { !muted.contains($0.subscription) }
        for delivery in deliveries {
            context.recipients[event.recordID, default: [:]][delivery.subscription] = delivery.shape
        }
        routed.append(RoutedEvent(event: event, practice: practice, deliveries: deliveries))
    }

    /// The table of `fhir-subscriptions.md` §4.3, with "the previous version matches" read as "was told of it and not yet
    /// told that it is gone": so a correction reaches everyone who holds the record, whatever became of their filter.
    private static func deliveries(
        of event: VaccinationEvent,
        matching: [SubscriptionID],
        recipients: [SubscriptionID: EventShape]
    ) -> [Delivery] {
        let holders = recipients.filter { $0.value != .delete }
        guard event.kind != .removed else {
            // A removal also goes to those who match now but never had the record: the practice a patient has moved to.
            let newcomers = matching.filter { recipients[$0] == nil }
            return (Array(holders.keys) + newcomers).map { Delivery(subscription: $0, shape: .delete) }
        }
        let current = Set(matching)
        let matched = matching.map { Delivery(subscription: $0, shape: holders[$0] == nil ? .post : .put) }
        let departed = holders.keys.filter { !current.contains($0) }
        return matched + departed.map { Delivery(subscription: $0, shape: .delete) }
    }
}
