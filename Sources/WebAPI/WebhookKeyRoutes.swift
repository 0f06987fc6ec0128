package import Access
import Foundation
package import Hummingbird
package import Outbound

/// The public keys that notifications are signed with, for receivers without a secret (D-62).
///
/// They stand apart from the keys of access tokens: a notification must never pass for a token's signature, nor the other way.
package struct WebhookKeyRoutes: Sendable {
    /// Where the key set is.
    package static let path = ".well-known/webhook-jwks.json"

    private let keys: KeyRing<DeliveryKeys>

    package init(keys: KeyRing<DeliveryKeys>) { self.keys = keys }

    package func add(to router: Router<HubContext>) {
        router.get(RouterPath(Self.path)) { _, _ in
            Response.json(try keys.current.keySet(at: Date()), headers: [.cacheControl: "max-age=3600"])
        }
    }
}
