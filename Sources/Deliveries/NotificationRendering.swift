import Crypto
import Events
import Foundation
import Messages
import Subscriptions
import Vaccination

/// Makes the bytes of a message: the same for the same frozen batch, however often it is sent (D-10).
struct NotificationRendering {
    /// The largest notification (`delivery.md` §11), less what surrounds the records.
    fileprivate static let sizeLimit = (5 << 20) - (64 << 10)
    /// What surrounds one record at the most.
    private static let eventOverhead = 4 << 10

    let configuration: CourierConfiguration

    /// The last event that goes into one notification with those before it; the first always does.
    static func lastThatFits(_ events: [LaneEvent]) -> Int64? {
        var (size, last) = (0, events.first?.number)
        for event in events {
            size += (event.sentResource?.count ?? 0) + eventOverhead
            guard size <= sizeLimit || event.number == last else { break }
            last = event.number
        }
        return last
    }

    /// The body of a message.
    ///
    /// - Parameters:
    ///   - work: What is sent.
    ///   - events: The events of its numbers; none for handshake and heartbeat.
    ///   - subscription: Whom it is sent to.
    ///   - bundleID: The frozen id, or a fresh one for a message that has one attempt.
    ///   - time: When it was frozen.
    /// - Returns: The bundle as JSON.
    func body(
        of work: LaneWork,
        _ events: [LaneEvent],
        to subscription: Subscription,
        bundleID: UUID,
        at time: Date
    ) -> [UInt8] {
        let envelope = NotificationEnvelope(
            baseURL: configuration.fhirBaseURL,
            topic: subscription.topic ?? configuration.publicURL + "/FHIR/SubscriptionTopic/vaccination-record-change",
            subscriptionID: subscription.id.uuid,
            status: Self.status(work, of: subscription),
            content: subscription.content.level,
            bundleID: bundleID,
            statusID: Self.statusID(of: bundleID),
            timestamp: time,
            release: subscription.release
        )
        return switch work {
        case .handshake(let total): SubscriptionNotification.handshake(envelope, total: total)
        case .heartbeat(let total): SubscriptionNotification.heartbeat(envelope, total: total)
        case .batch, .resend: SubscriptionNotification.events(envelope, events.map { NotifiedEvent($0) })
        case .backfill(let job):
            SubscriptionNotification.records(envelope, events.map { NotifiedEvent($0) }, total: job.total)
        }
    }

    /// What a message says of the subscription: of a batch always the same, for it has the same bytes on each attempt.
    private static func status(_ work: LaneWork, of subscription: Subscription) -> NotificationEnvelope.Status {
        switch work {
        case .handshake: .requested
        case .heartbeat: subscription.status == .error ? .error : .active
        case .batch, .resend, .backfill: .active
        }
    }

    /// The id of a frozen bundle.
    ///
    /// Where content has to be withheld from it the bytes are others, and so is the id, on each attempt the same (D-10).
    static func id(of batch: FrozenBatch, _ events: [LaneEvent]) -> UUID {
        let withheld = events.filter(\.isWithheld).map { String($0.number) }
        guard !withheld.isEmpty else { return batch.bundleID }
        return derived("without \(withheld.joined(separator: ",")): \(batch.bundleID.uuidString)")
    }

    /// The id of the status resource, derived from the bundle's so that it needs no column of its own.
    private static func statusID(of bundleID: UUID) -> UUID { derived("status:\(bundleID.uuidString)") }

    private static func derived(_ text: String) -> UUID {
        var bytes = Array(SHA256.hash(data: Data(text.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}

extension NotifiedEvent {
    fileprivate init(_ event: LaneEvent) {
        self.init(
            number: event.number,
            recordID: event.recordID.uuid,
            version: event.version,
            shape: event.shape,
            committedAt: event.committedAt,
            identifierSystem: event.identifier.system,
            identifierValue: event.identifier.value,
            resource: event.sentResource
        )
    }
}

extension LaneEvent {
    /// The content as it is sent: none where the record left the subscriber's view (`fhir-subscriptions.md` §4.3), nor where
    /// it alone would make the notification too large (`delivery.md` §11).
    fileprivate var sentResource: [UInt8]? {
        shape == .delete || isWithheld || resource.count > NotificationRendering.sizeLimit ? nil : resource
    }
}

extension Subscription.Content {
    fileprivate var level: ContentLevel {
        switch self {
        case .empty: .empty
        case .idOnly: .idOnly
        case .fullResource: .fullResource
        }
    }
}
