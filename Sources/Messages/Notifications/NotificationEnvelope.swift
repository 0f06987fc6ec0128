package import FHIR
package import Foundation

/// How much of a record a subscriber is sent (fhir-subscriptions.md §7.3).
package enum ContentLevel: String, Hashable, Sendable, CaseIterable {
    /// That something happened, and nothing else.
    case empty
    /// Which record it was.
    case idOnly = "id-only"
    /// The version of the record that caused the event.
    case fullResource = "full-resource"
}

/// What a notification is for (§7.2).
package enum NotificationType: String, Hashable, Sendable, CaseIterable {
    /// The first message, which activates.
    case handshake
    /// A sign of life.
    case heartbeat
    /// Events, pushed.
    case eventNotification = "event-notification"
    /// Answer to `$status`.
    case queryStatus = "query-status"
    /// Answer to `$events`.
    case queryEvent = "query-event"
}

/// Everything about a notification but its events.
///
/// Ids and times come from the caller and are kept with the batch, so that a retry is built from the same inputs
/// (delivery.md D-10).
package struct NotificationEnvelope: Hashable, Sendable {
    /// The subscription's status as the notification tells it.
    package enum Status: String, Hashable, Sendable, CaseIterable {
        /// Waiting for the handshake.
        case requested
        /// Delivering.
        case active
        /// Failing, retried or parked.
        case error
        /// Switched off; nothing is sent, but `$status` still answers.
        case off
    }

    /// FHIR base without a slash at its end, for example `https://herald.example/FHIR/R4`.
    package var baseURL: String
    /// Canonical URL of the topic.
    package var topic: String
    /// The subscription that is notified.
    package var subscriptionID: UUID
    /// The subscription's status.
    package var status: Status
    /// What the subscriber is sent of a record.
    package var content: ContentLevel
    /// `Bundle.id`: a new one for each notification, the same on every retry.
    package var bundleID: UUID
    /// `Parameters.id` of the status entry.
    package var statusID: UUID
    /// When the bundle was first built; the same on every retry.
    package var timestamp: Date
    /// The encoding of the status entry.
    package var release: FHIRRelease

    /// An envelope.
    package init(
        baseURL: String,
        topic: String,
        subscriptionID: UUID,
        status: Status,
        content: ContentLevel,
        bundleID: UUID,
        statusID: UUID,
        timestamp: Date,
        release: FHIRRelease = .r4
    ) {
        self.baseURL = baseURL
        self.topic = topic
        self.subscriptionID = subscriptionID
        self.status = status
        self.content = content
        self.bundleID = bundleID
        self.statusID = statusID
        self.timestamp = timestamp
        self.release = release
    }
}
