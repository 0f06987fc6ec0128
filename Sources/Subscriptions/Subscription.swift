package import Events
package import FHIR
package import Foundation

/// A standing wish to hear of vaccination events, and the way to tell.
package struct Subscription: Sendable, Hashable {
    /// On whose behalf a subscription was made.
    package enum Audience: String, Sendable, Codable, CaseIterable {
        /// A system that asked for it.
        case subscriber
        /// The practice a patient is registered with; made from the practices file.
        case gp
        /// Child health and other providers who asked as at the National Events Management Service (`nems.md`).
        case nems
        /// The National Immunisation Service; made by configuration, takes everything.
        case nis
    }

    /// How events leave.
    package enum Channel: String, Sendable, Codable {
        /// FHIR notifications posted to an endpoint (R4 backport).
        case restHook = "rest-hook"
        /// Feed files written to a folder (`nis-feed.md`).
        case feed
        /// Messages to a mailbox (`mesh.md`).
        case mesh
    }

    /// The states of `fhir-subscriptions.md` §5.
    package enum Status: String, Sendable, Codable {
        case requested, active, error, off
    }

    /// Who switched a subscription off.
    package enum Switcher: String, Sendable, Codable, CaseIterable {
        /// Its owner.
        case client
        /// The clock, at its ``Subscription/end``.
        case end
        /// The hub: its endpoint is gone, or was given up.
        case server
    }

    /// How much of a record a notification carries (`fhir-subscriptions.md` §7.3).
    package enum Content: String, Sendable, Codable, CaseIterable {
        case empty
        case idOnly = "id-only"
        case fullResource = "full-resource"
    }

    package var id: SubscriptionID
    package var audience: Audience
    package var channel: Channel
    package var status: Status
    /// Why it exists, in the words of whoever made it (mandatory in R4).
    package var reason: String
    /// The API client it belongs to, or `herald` for those made by configuration.
    package var client: String
    package var filter: SubscriptionFilter
    /// The URL posted to, the folder a feed is written to, or `mesh:` and the mailbox, with none where it is looked up.
    package var endpoint: String
    package var content: Content
    /// Events in one notification at most, 1 to 100.
    package var maxCount: Int
    /// The longest wait for one attempt.
    package var timeout: Duration
    package var createdAt: Date
    /// The MIME type of a notification, sent as it is written here.
    package var payload: String
    /// The lines `Name: value` that are sent with every notification.
    ///
    /// Their values are secrets: they are in no log and no answer.
    package var headers: [String]
    /// The longest time without a notification; nil for no heartbeats.
    package var heartbeat: Duration?
    /// When it is switched off by itself.
    package var end: Date?
    /// The release of FHIR its notifications are written in.
    package var release: FHIRRelease
    /// Canonical URL of its topic; nil for the hub's own.
    package var topic: String?
    /// What `Subscription.error` says.
    package var statusText: String?
    /// Whom to ask about it: the values of its contact points.
    package var contact: [String]
    /// Counts the changes of the resource, from 1.
    package var versionID: Int
    /// When the resource was changed last.
    package var lastUpdated: Date
    /// When it first became active; nil until its first handshake was accepted.
    package var activatedAt: Date?
    /// Who switched it off, where it is off.
    package var offBy: Switcher?

    package init(
        id: SubscriptionID,
        audience: Audience,
        channel: Channel,
        status: Status = .active,
        reason: String,
        client: String,
        filter: SubscriptionFilter = SubscriptionFilter(),
        endpoint: String,
        content: Content = .fullResource,
        maxCount: Int = 1,
        timeout: Duration = .seconds(15),
        createdAt: Date,
        payload: String = "application/fhir+json",
        headers: [String] = [],
        heartbeat: Duration? = nil,
        end: Date? = nil,
        release: FHIRRelease = .r4,
        topic: String? = nil,
        statusText: String? = nil,
        contact: [String] = [],
        versionID: Int = 1,
        lastUpdated: Date? = nil,
        activatedAt: Date? = nil,
        offBy: Switcher? = nil
    ) {
        self.id = id
        self.audience = audience
        self.channel = channel
        self.status = status
        self.reason = reason
        self.client = client
        self.filter = filter
        self.endpoint = endpoint
        self.content = content
        self.maxCount = maxCount
        self.timeout = timeout
        self.createdAt = createdAt
        self.payload = payload
        self.headers = headers
        self.heartbeat = heartbeat
        self.end = end
        self.release = release
        self.topic = topic
        self.statusText = statusText
        self.contact = contact
        self.versionID = versionID
        self.lastUpdated = lastUpdated ?? createdAt
        self.activatedAt = activatedAt ?? (status == .active ? createdAt : nil)
        self.offBy = offBy
    }

    /// The client of subscriptions that the hub makes itself, for practices and the national feed.
    package static let hubClient = "herald"

    /// How ``statusText`` begins where nothing was recorded for a while, until the first event after that is accepted.
    package static let gapText = "no events recorded from "

    /// Whether matching events are recorded and numbered (`fhir-subscriptions.md` §5): not before the first activation, nor
    /// while its owner or its end has switched it off.
    package var isRecording: Bool {
        switch status {
        case .active: true
        case .requested, .error: activatedAt != nil
        case .off: offBy == .server
        }
    }
}

/// How far a subscription has got, as `herald subscriptions` shows it.
package struct SubscriptionProgress: Sendable, Hashable {
    package var subscription: Subscription
    /// Highest number given to a matching event.
    package var lastNumber: Int64
    /// Highest number the endpoint has accepted.
    package var deliveredThrough: Int64
    /// Tries of the batch in hand so far.
    package var attempt: Int
    /// When the batch in hand is tried again; nil without a failure, and for a lane that is parked.
    package var nextAttemptAt: Date?
    /// Why the last try failed, as a result class; never an endpoint's words.
    package var lastError: String?
    /// Why nothing is sent although the subscription is on.
    package var hold: Hold?
    /// Events that were set aside (`delivery.md` D-50).
    package var deadLetters: Int64
    /// When it was deleted; nil for one that is there.
    package var deletedAt: Date?

    /// Why a lane stands still until somebody resumes it.
    package enum Hold: Sendable, Hashable {
        /// What its events met for days (D-32).
        case parked
        /// An operator holds it.
        case paused(by: String, reason: String?)
    }

    package init(
        subscription: Subscription,
        lastNumber: Int64,
        deliveredThrough: Int64,
        attempt: Int,
        nextAttemptAt: Date?,
        lastError: String?,
        hold: Hold? = nil,
        deadLetters: Int64 = 0,
        deletedAt: Date? = nil
    ) {
        self.subscription = subscription
        self.lastNumber = lastNumber
        self.deliveredThrough = deliveredThrough
        self.attempt = attempt
        self.nextAttemptAt = nextAttemptAt
        self.lastError = lastError
        self.hold = hold
        self.deadLetters = deadLetters
        self.deletedAt = deletedAt
    }
}
