import Crypto
import Events
import Foundation
import Messages
import Subscriptions
import Vaccination

/// Makes the bytes of a batch: the same for the same frozen batch, however often it is sent (D-10).
struct NotificationRendering {
    let configuration: CourierConfiguration

    func bundle(_ events: [LaneEvent], batch: FrozenBatch, claim: LaneClaim) -> [UInt8] {
        let envelope = NotificationEnvelope(
            baseURL: configuration.fhirBaseURL,
            topic: configuration.publicURL + "/FHIR/SubscriptionTopic/vaccination-record-change",
            subscriptionID: claim.subscription.id.uuid,
            status: .active,
            content: claim.subscription.content.level,
            bundleID: batch.bundleID,
            statusID: Self.statusID(of: batch.bundleID),
            timestamp: batch.frozenAt
        )
        return SubscriptionNotification.events(envelope, events.map { NotifiedEvent($0) })
    }

    /// The id of the status resource, derived from the bundle's so that it needs no column of its own.
    private static func statusID(of bundleID: UUID) -> UUID {
        var bytes = Array(SHA256.hash(data: Data("status:\(bundleID.uuidString)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}

extension NotifiedEvent {
    /// An event without content where the record left the subscriber's view (`fhir-subscriptions.md` §4.3).
    fileprivate init(_ event: LaneEvent) {
        self.init(
            number: event.number,
            recordID: event.recordID.uuid,
            version: event.version,
            shape: event.shape,
            committedAt: event.committedAt,
            identifierSystem: event.identifier.system,
            identifierValue: event.identifier.value,
            resource: event.shape == .delete ? nil : event.resource
        )
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
