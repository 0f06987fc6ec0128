import Foundation
import Metrics
import Subscriptions

/// What couriers count; every label comes from a closed set.
enum DeliveryMetrics {
    /// An attempt has its answer, or will get none.
    ///
    /// - Parameters:
    ///   - channel: The way it went.
    ///   - outcome: Its result class.
    ///   - duration: How long it took.
    static func attempted(_ channel: Subscription.Channel, _ outcome: String, in duration: Duration) {
        Timer(
            label: "herald.delivery.duration",
            dimensions: [("channel", channel.rawValue), ("outcome", outcome)]
        ).record(duration: duration)
    }

    /// Events were accepted.
    ///
    /// - Parameters:
    ///   - channel: The way they went.
    ///   - client: Whose they are, where clients are told apart.
    ///   - committed: When each was committed.
    ///   - time: Now.
    static func accepted(_ channel: Subscription.Channel, of client: String? = nil, committed: [Date], at time: Date) {
        let dimensions = [("channel", channel.rawValue)]
        Counter(label: "herald.delivery.events", dimensions: dimensions).increment(by: committed.count)
        let delay = Timer(label: "herald.delivery.delay", dimensions: dimensions)
        for commit in committed { delay.recordSeconds(max(0, time.timeIntervalSince(commit))) }
        guard let client else { return }
        let ofClient = Timer(label: "herald.delivery.client.delay", dimensions: [("client", clients.label(client))])
        for commit in committed { ofClient.recordSeconds(max(0, time.timeIntervalSince(commit))) }
    }

    /// The clients that have a label of their own.
    private static let clients = BoundedLabels(limit: 50)

    /// A message was sent.
    ///
    /// - Parameters:
    ///   - work: What it was.
    ///   - attempt: 1 for the first time.
    static func sent(_ work: LaneWork, attempt: Int) {
        let dimensions = [("kind", work.kind.rawValue)]
        Counter(label: "herald.delivery.messages", dimensions: dimensions).increment()
        if attempt > 1 { Counter(label: "herald.delivery.retries", dimensions: dimensions).increment() }
    }

    /// A failed attempt has had its consequence.
    static func failed(_ action: LaneStateMachine.Action) {
        let name: String? =
            switch action {
            case .park: "parked"
            case .split: "split"
            case .setAside: "set-aside"
            case .switchOff: "switched-off"
            case .advance, .wait: nil
            }
        guard let name else { return }
        Counter(label: "herald.delivery.consequences", dimensions: [("consequence", name)]).increment()
    }

    /// A failure of the hub's own kept a message from being sent.
    static func withheld(_ cause: String) {
        Counter(label: "herald.delivery.withheld", dimensions: [("cause", cause)]).increment()
    }

    /// Another courier has taken a lane that this one thought to hold.
    static func lost() { Counter(label: "herald.delivery.leases.lost").increment() }

    /// How things stand.
    ///
    /// - Parameters:
    ///   - breakers: Origins by the state of their breakers.
    ///   - lanesInHand: Lanes that this process sends on.
    static func standing(breakers: [BreakerStanding.State: Int], lanesInHand: Int) {
        for (state, count) in breakers {
            Gauge(label: "herald.delivery.origins", dimensions: [("breaker", state.rawValue)]).record(count)
        }
        Gauge(label: "herald.delivery.lanes").record(lanesInHand)
    }
}
