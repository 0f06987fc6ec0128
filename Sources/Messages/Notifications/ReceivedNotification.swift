package import Events
package import FHIR

/// A notification as its receiver reads it; what `herald sink` and the demo's endpoints count and check.
package struct ReceivedNotification: Hashable, Sendable {
    /// One numbered event.
    package struct Event: Hashable, Sendable {
        /// Number within the subscription; with it the key for de-duplication (delivery.md D-11).
        package let number: Int64
        /// When the change was made, if the sender tells.
        package let timestamp: FHIRInstant?
        /// Address of the record; `nil` at content level `empty`.
        package let focus: String?
        /// The supplier's identifier, sent with removals.
        package let identifier: Identifier?
        /// What happened, from the event's entry; `nil` where there is none (`empty`, `id-only`, content withheld).
        package let shape: EventShape?
        /// The record's version, from the entry's `etag`.
        package let version: Int32?
        /// The version of the record that caused the event, if it was sent.
        package let resource: JSONValue?
    }

    /// A record of a back-fill, which is no event (delivery.md D-53).
    package struct Record: Hashable, Sendable {
        /// Its address.
        package let address: String
        /// Its version, from the entry's `etag`.
        package let version: Int32?
        /// The record, unless only ids are sent.
        package let resource: JSONValue?
    }

    /// A business identifier.
    package struct Identifier: Hashable, Sendable {
        /// The namespace.
        package let system: String
        /// The value within the namespace.
        package let value: String
    }

    /// Reference to the subscription, as sent.
    package let subscription: String
    /// Canonical URL of the topic, if the sender tells.
    package let topic: String?
    /// The subscription's status.
    package let status: String
    /// What the notification is for.
    package let type: NotificationType
    /// Events since the subscription's start.
    package let total: Int64?
    /// The events in the order sent.
    package let events: [Event]
    /// The records of a back-fill.
    package let records: [Record]
}

extension ReceivedNotification {
    /// The subscription's id: the last part of its reference.
    package var subscriptionID: String {
        subscription.split(separator: "/").last.map(String.init) ?? subscription
    }
}
