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
    ///   - committed: When each was committed.
    ///   - time: Now.
    static func accepted(_ channel: Subscription.Channel, committed: [Date], at time: Date) {
        let dimensions = [("channel", channel.rawValue)]
        Counter(label: "herald.delivery.events", dimensions: dimensions).increment(by: committed.count)
        let delay = Timer(label: "herald.delivery.delay", dimensions: dimensions)
        for commit in committed { delay.recordSeconds(max(0, time.timeIntervalSince(commit))) }
    }
}
