import Foundation
package import Subscriptions
import Events

extension Subscription {
    /// A subscription for tests; of the national feed if no more is said.
    package static func sample(
        _ audience: Audience = .nis,
        channel: Channel = .restHook,
        filter: SubscriptionFilter = SubscriptionFilter(),
        endpoint: String = "https://subscriber.example.nhs.uk/notify",
        content: Content = .fullResource,
        maxCount: Int = 1
    ) -> Subscription {
        Subscription(
            id: SubscriptionID(UUID()),
            audience: audience,
            channel: channel,
            reason: "a test",
            client: "operator",
            filter: filter,
            endpoint: endpoint,
            content: content,
            maxCount: maxCount,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000)
        )
    }
}
