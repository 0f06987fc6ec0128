package import Events
package import FHIR
import Foundation

/// A subscription of national events with the STU3 resource it came as (`nems.md` §4.2).
package struct EventSubscription: Sendable, Hashable {
    package var subscription: Subscription
    /// The resource as it was sent, without what only the server says.
    package var stated: JSONValue
    /// What comes back with each delivery.
    package var tag: String?

    package init(_ subscription: Subscription, stated: JSONValue, tag: String?) {
        self.subscription = subscription
        self.stated = stated
        self.tag = tag
    }

    /// The resource as it is now.
    package var resource: JSONValue {
        var resource = JSONObject()
        resource["resourceType"] = "Subscription"
        resource["id"] = .string(subscription.id.compact)
        resource["meta"] = [
            "versionId": .string(String(subscription.versionID)),
            "lastUpdated": .string("\(FHIRInstant(subscription.lastUpdated))"),
            "profile": [.string(EventSubscriptionForm.profile)],
        ]
        for name in ["contact", "end", "reason", "criteria", "channel"] { resource[name] = stated[name] }
        resource["status"] = .string(subscription.status.rawValue)
        return .object(resource)
    }
}

extension SubscriptionID {
    /// 32 hexadecimal digits, as ids are written here (`nems.md` §4.1).
    package var compact: String { uuid.lowercaseText.replacing("-", with: "") }

    /// Reads 32 hexadecimal digits.
    package init?(compact text: some StringProtocol) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ $0 != UInt8(ascii: "-") }) else { return nil }
        var parts: [Substring] = []
        var rest = Substring(text)
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        guard let uuid = UUID(uuidString: parts.joined(separator: "-")) else { return nil }
        self.init(uuid)
    }
}
