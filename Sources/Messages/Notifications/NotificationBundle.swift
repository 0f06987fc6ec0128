import FHIR
import Foundation

/// Writes one notification bundle, member by member in the order of the guide's examples.
///
/// What is the same in every event is prepared once: a batch of full resources is little more than copying them.
struct NotificationBundle {
    let type: NotificationType
    let envelope: NotificationEnvelope
    let events: [NotifiedEvent]
    /// Records that are no events (delivery.md D-53).
    var records: [NotifiedEvent] = []
    /// Where the next page is, in an answer to `$events`.
    let next: String?

    private let status: SubscriptionStatusWriter

    init(
        type: NotificationType,
        envelope: NotificationEnvelope,
        total: Int64,
        events: [NotifiedEvent],
        errors: [SubscriptionError] = [],
        next: String? = nil
    ) {
        self.type = type
        self.envelope = envelope
        self.events = events
        self.next = next
        status = SubscriptionStatusWriter(type: type, envelope: envelope, total: total, errors: errors)
    }

    /// Bytes to reserve: what stands around a resource is under 1 KiB.
    var expectedSize: Int {
        2048
            + (events + records).reduce(0) {
                $0 + 1024 + (envelope.content == .fullResource ? $1.resource?.count ?? 0 : 0)
            }
    }

    func write(_ json: inout JSONWriter) {
        json.beginObject()
        json.raw(#""resourceType":"Bundle""#)
        json.member("id", envelope.bundleID)
        json.open(#""meta":{"profile":["#)
        json.profile(
            envelope.release == .r4 ? "backport-subscription-notification-r4" : "backport-subscription-notification"
        )
        json.close("]}")
        json.raw(#""type":"history""#)
        json.member("timestamp", envelope.timestamp)
        if let next { json.links([("next", next)]) }
        json.name("entry")
        json.beginArray()
        statusEntry(&json)
        // `id-only` may have entries without a resource; none are sent, because they say nothing that the focus does
        // not.
        if envelope.content == .fullResource {
            for event in events { entry(event, &json) }
        }
        if envelope.content != .empty {
            for record in records { read(record, &json) }
        }
        json.endArray()
        json.endObject()
    }

    /// The first entry: what the notification is about (§6), as if `$status` had been asked.
    private func statusEntry(_ json: inout JSONWriter) {
        json.beginObject()
        status.entry(&json) { json in
            for event in events { notificationEvent(event, &json) }
        }
        json.name("request")
        json.beginObject()
        json.raw(#""method":"GET""#)
        url("url", "/Subscription/", envelope.subscriptionID, suffix: "/$status", &json)
        json.endObject()
        json.raw(#""response":{"status":"200"}"#)
        json.endObject()
    }

    /// Writes a member whose value is an address below the base.
    func url(
        _ name: StaticString,
        _ path: StaticString,
        _ id: UUID,
        suffix: StaticString = "",
        _ json: inout JSONWriter
    ) {
        status.url(name, path, id, suffix: suffix, &json)
    }
}

extension JSONWriter {
    /// Writes a member whose value is an id in lower case.
    mutating func member(_ name: StaticString, _ id: UUID) {
        self.name(name)
        plainString { id.appendLowercase(to: &$0) }
    }

    /// Writes the canonical address of one of the guide's profiles.
    mutating func profile(_ name: StaticString) {
        plainString { bytes in
            bytes.append(contentsOf: "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/".utf8)
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }
    }

    /// Writes the links of a bundle.
    mutating func links(_ links: [(relation: String, url: String)]) {
        name("link")
        beginArray()
        for link in links {
            beginObject()
            member("relation", link.relation)
            member("url", link.url)
            endObject()
        }
        endArray()
    }

    /// Writes a member whose value is an instant.
    mutating func member(_ name: StaticString, _ date: Date) {
        self.name(name)
        plainString { FHIRInstant(date).append(to: &$0) }
    }

    /// Writes a parameter: the members up to the value's name as they are, then a value that needs no escape.
    mutating func parameter(_ members: StaticString, _ value: String) {
        beginObject()
        raw { bytes in
            members.withUTF8Buffer { bytes.append(contentsOf: $0) }
            bytes.append(UInt8(ascii: ":"))
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: value.utf8)
            bytes.append(UInt8(ascii: "\""))
        }
        endObject()
    }
}
