package import Events
package import FHIR
package import Foundation

/// A Subscription as a client sent it, read and checked (`fhir-subscriptions.md` §3, §5.1).
package struct SubscriptionForm: Sendable, Hashable {
    /// What it is checked against.
    package struct Rules: Sendable {
        /// The base the request came through.
        package var release: FHIRRelease
        /// Canonical URL of the topic, and its version.
        package var topic: String
        package var topicVersion: String
        /// The codes of the vaccine types there are.
        package var vaccineTypes: Set<String>
        package var now: Date
        /// What is wrong with an endpoint; nil for one that may be posted to.
        package var endpointFault: @Sendable (String) -> String?
        /// The lines of headers that are stored, whose values a mask keeps.
        package var storedHeaders: [String]

        package init(
            release: FHIRRelease,
            topic: String,
            topicVersion: String = SubscriptionForm.topicVersion,
            vaccineTypes: Set<String>,
            now: Date,
            storedHeaders: [String] = [],
            endpointFault: @escaping @Sendable (String) -> String?
        ) {
            self.release = release
            self.topic = topic
            self.topicVersion = topicVersion
            self.vaccineTypes = vaccineTypes
            self.now = now
            self.endpointFault = endpointFault
            self.storedHeaders = storedHeaders
        }
    }

    /// The version of the topic that is offered.
    package static let topicVersion = "1.0.0"
    /// Events in one notification at most, whatever is asked for (§7.5).
    package static let greatestMaxCount = 100
    /// Periods of heartbeats that are offered, in seconds (§5.1).
    package static let heartbeats = 30...86_400
    /// Times to wait for an answer that are offered, in seconds.
    package static let timeouts = 1...30

    package var id: String?
    /// `requested` or `off`: what a client may ask for.
    package var status = Subscription.Status.requested
    package var reason = ""
    package var contact: [String] = []
    package var end: Date?
    package var filter = SubscriptionFilter()
    package var endpoint = ""
    package var payload = ""
    package var release = FHIRRelease.r4
    package var content = Subscription.Content.empty
    package var heartbeat: Duration?
    package var timeout: Duration = .seconds(15)
    package var maxCount = 1
    /// Lines with their values: those that were masked are the stored ones.
    package var headers: [String] = []
    /// The resource without what is a secret and what Herald itself says.
    package var stated = JSONValue.null

    /// Reads a resource.
    ///
    /// - Returns: The form, and what is wrong with it; only without findings is it all there.
    package static func reading(_ body: JSONValue, _ rules: Rules) -> (form: Self, findings: [SubscriptionFinding]) {
        var reader = SubscriptionReader(rules: rules)
        reader.read(body)
        return (reader.form, reader.findings)
    }

    /// The subscription that this asks for.
    ///
    /// - Parameters:
    ///   - id: Its id.
    ///   - client: Whose it is.
    ///   - topic: Canonical URL of the topic.
    ///   - now: When it is made.
    /// - Returns: The subscription, not stored yet.
    package func subscription(id: SubscriptionID, client: String, topic: String, now: Date) -> Subscription {
        Subscription(
            id: id,
            audience: .subscriber,
            channel: .restHook,
            status: status,
            reason: reason,
            client: client,
            filter: filter,
            endpoint: endpoint,
            content: content,
            maxCount: maxCount,
            timeout: timeout,
            createdAt: now,
            payload: payload,
            headers: headers,
            heartbeat: heartbeat,
            end: end,
            release: release,
            topic: topic,
            contact: contact,
            offBy: status == .off ? .client : nil
        )
    }
}
