import Events
package import FHIR
package import Foundation
import Vaccination

/// A client's subscription as its API shows it.
package struct RegisteredSubscription: Sendable, Hashable {
    package var progress: SubscriptionProgress
    /// The resource as its client sent it, without what is Herald's to say; nil for one that an operator made.
    package var stated: JSONValue?
    /// Since when the batch in hand has been failing.
    package var firstFailureAt: Date?
    /// HTTP status of the latest failed attempt, where an answer came.
    package var lastHTTPStatus: Int?
    /// Since when it has been off.
    package var offAt: Date?
    /// `open` or `half-open` where its endpoint's origin is away, or is held by an operator; nil where it is closed.
    package var breaker: String?

    package init(
        progress: SubscriptionProgress,
        stated: JSONValue?,
        firstFailureAt: Date? = nil,
        lastHTTPStatus: Int? = nil,
        offAt: Date? = nil,
        breaker: String? = nil
    ) {
        self.progress = progress
        self.stated = stated
        self.firstFailureAt = firstFailureAt
        self.lastHTTPStatus = lastHTTPStatus
        self.offAt = offAt
        self.breaker = breaker
    }

    package var subscription: Subscription { progress.subscription }
}

extension RegisteredSubscription {
    /// The elements of the resource in their order; others come behind.
    private static let order = [
        "resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "status",
        "contact",
        "end", "_end", "reason", "_reason", "criteria", "_criteria", "error", "channel",
    ]

    /// The resource: what the client sent, with what Herald knows of it (`fhir-subscriptions.md` §9.1).
    package func resource(topic: String) -> JSONValue {
        var known = stated?.object ?? Self.described(subscription, topic: topic)
        known["resourceType"] = "Subscription"
        known["id"] = .string(subscription.id.uuid.lowercaseText)
        known["status"] = .string(subscription.status.rawValue)
        known["error"] = subscription.statusText.map { .string($0) }
        var meta = JSONObject()
        meta["versionId"] = .string(String(subscription.versionID))
        meta["lastUpdated"] = .string(FHIRInstant(subscription.lastUpdated).description)
        for member in known["meta"]?.object?.members ?? [] { meta[member.name] = member.value }
        known["meta"] = .object(meta)
        var ordered = JSONObject()
        for name in Self.order { ordered[name] = known[name] }
        for member in known.members { ordered[member.name] = member.value }
        return .object(ordered)
    }

    /// A resource for a subscription that was not made by one.
    private static func described(_ subscription: Subscription, topic: String) -> JSONObject {
        var object = JSONObject()
        object["meta"] = ["profile": [.string(BackportURL.subscription)]]
        if !subscription.contact.isEmpty {
            object["contact"] = .array(
                subscription.contact.map { ["system": .string($0.contactSystem), "value": .string($0)] }
            )
        }
        object["end"] = subscription.end.map { .string(FHIRInstant($0).description) }
        object["reason"] = .string(subscription.reason)
        object["criteria"] = .string(topic)
        let filters = subscription.filter.filterTexts
        if !filters.isEmpty {
            let extensions = filters.map { text -> JSONValue in
                ["url": .string(BackportURL.filter), "valueString": .string(text)]
            }
            object["_criteria"] = ["extension": .array(extensions)]
        }
        var channel = JSONObject()
        channel["extension"] = .array(times(of: subscription))
        channel["type"] = .string(subscription.channel.rawValue)
        channel["endpoint"] = .string(subscription.endpoint)
        channel["payload"] = .string(subscription.payload)
        channel["_payload"] = [
            "extension": [
                ["url": .string(BackportURL.content), "valueCode": .string(subscription.content.rawValue)]
            ]
        ]
        if !subscription.headers.isEmpty {
            channel["header"] = .array(subscription.headers.compactMap(HeaderLine.init).map { .string($0.masked) })
        }
        object["channel"] = .object(channel)
        return object
    }

    private static func times(of subscription: Subscription) -> [JSONValue] {
        func seconds(_ url: String, _ duration: Duration) -> JSONValue {
            ["url": .string(url), "valueUnsignedInt": .number(String(duration.components.seconds))]
        }
        var times = [seconds(BackportURL.timeout, subscription.timeout)]
        if let heartbeat = subscription.heartbeat { times.insert(seconds(BackportURL.heartbeat, heartbeat), at: 0) }
        return times + [
            ["url": .string(BackportURL.maxCount), "valuePositiveInt": .number(String(subscription.maxCount))]
        ]
    }
}

extension String {
    /// The system of a contact point with this value.
    fileprivate var contactSystem: String {
        if hasPrefix("http://") || hasPrefix("https://") { return "url" }
        return contains("@") ? "email" : "other"
    }
}

extension SubscriptionFilter {
    /// The clauses as texts of filters; those that the topic does not offer under the name they are stored by.
    fileprivate var filterTexts: [String] {
        var result: [String] = []
        func add(_ name: String, _ values: some Collection<String>) {
            if !values.isEmpty { result.append("Immunization.\(name)=" + values.sorted().joined(separator: ",")) }
        }
        add(FilterParameter.patientIdentifier.rawValue, patients.map { "\(FHIRSystem.nhsNumber)|\($0.digits)" })
        for clause in FilterClause.allCases { add(clause.parameter?.rawValue ?? clause.rawValue, self[clause]) }
        add(
            FilterParameter.action.rawValue,
            kinds.map { ["recorded": "create", "removed": "delete"][$0.name] ?? "update" }
        )
        return result
    }
}

extension FilterClause {
    /// The topic's parameter that asks for the same.
    fileprivate var parameter: FilterParameter? {
        switch self {
        case .registeredPractices: .registeredGP
        case .performers: .performerOrganisation
        case .products: .vaccineCode
        case .suppliers: .sourceSystem
        case .vaccineTypes: .vaccineType
        case .targetDiseases: .targetDisease
        case .statuses: .status
        default: nil
        }
    }
}
