package import Foundation
import Metrics

/// What routing counts; every label comes from a closed set.
package enum EventMetrics {
    private static let matches = Recorder(label: "herald.event.matches")
    private static let delay = Timer(label: "herald.event.routing.delay")
    private static let repeated = Counter(label: "herald.events.repeated")
    private static let unmatched = Counter(label: "herald.events.unmatched")
    private static let unreadable = Counter(label: "herald.events.unreadable")
    private static let fencedSlices = Counter(label: "herald.events.fenced")
    private static let recorded = routed("recorded")
    private static let corrected = routed("corrected")
    private static let removed = routed("removed")

    /// A slice's transaction is committed.
    ///
    /// - Parameters:
    ///   - plan: What was decided about its events.
    ///   - count: How many messages were set aside.
    ///   - time: Now.
    package static func routed(_ plan: RoutingPlan, unreadable count: Int, at time: Date) {
        for routed in plan.routed {
            switch routed.event.kind {
            case .recorded: recorded.increment()
            case .corrected: corrected.increment()
            case .removed: removed.increment()
            }
            matches.record(routed.deliveries.count)
            if routed.deliveries.isEmpty { unmatched.increment() }
            delay.recordSeconds(max(0, time.timeIntervalSince(routed.event.committedAt)))
        }
        repeated.increment(by: plan.repeated)
        unreadable.increment(by: count)
    }

    /// A slice was rolled back, for its source is another reader's now: the zombie fence has held.
    package static func fenced() { fencedSlices.increment() }

    private static func routed(_ kind: String) -> Counter {
        Counter(label: "herald.events.routed", dimensions: [("kind", kind)])
    }
}
