import FHIR
import Foundation

/// Writes one notification bundle, member by member in the order of the guide's examples.
///
/// What is the same in every event is prepared once: a batch of full resources is little more than copying them.
struct NotificationBundle {
    let type: NotificationType
    let envelope: NotificationEnvelope
    let total: Int64
    let events: [NotifiedEvent]

    /// The base address as it stands inside a JSON string.
    private let base: [UInt8]

    init(type: NotificationType, envelope: NotificationEnvelope, total: Int64, events: [NotifiedEvent]) {
        self.type = type
        self.envelope = envelope
        self.total = total
        self.events = events
        base = JSONWriter.bytes { $0.string(envelope.baseURL) }.dropFirst().dropLast()
    }

    /// Bytes to reserve: what stands around a resource is under 1 KiB.
    var expectedSize: Int {
        2048 + events.reduce(0) { $0 + 1024 + (envelope.content == .fullResource ? $1.resource?.count ?? 0 : 0) }
    }

    func write(_ json: inout JSONWriter) {
        json.beginObject()
        json.raw(#""resourceType":"Bundle""#)
        json.member("id", envelope.bundleID)
        json.raw(
            #"""
            "meta":{"profile":["http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/\#
            backport-subscription-notification-r4"]},"type":"history"
            """#
        )
        json.member("timestamp", envelope.timestamp)
        json.name("entry")
        json.beginArray()
        statusEntry(&json)
        // `id-only` may have entries without a resource; none are sent, because they say nothing that the focus does
        // not.
        if envelope.content == .fullResource {
            for event in events { entry(event, &json) }
        }
        json.endArray()
        json.endObject()
    }

    /// The first entry: a `Parameters` that says what the notification is about (§6), as if `$status` had been asked.
    private func statusEntry(_ json: inout JSONWriter) {
        json.beginObject()
        json.name("fullUrl")
        json.plainString {
            $0.append(contentsOf: "urn:uuid:".utf8)
            envelope.statusID.appendLowercase(to: &$0)
        }
        json.name("resource")
        json.beginObject()
        json.raw(#""resourceType":"Parameters""#)
        json.member("id", envelope.statusID)
        json.raw(
            #"""
            "meta":{"profile":["http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/\#
            backport-subscription-status-r4"]}
            """#
        )
        json.name("parameter")
        json.beginArray()
        parameters(&json)
        json.endArray()
        json.endObject()
        json.name("request")
        json.beginObject()
        json.raw(#""method":"GET""#)
        url("url", "/Subscription/", envelope.subscriptionID, suffix: "/$status", &json)
        json.endObject()
        json.raw(#""response":{"status":"200"}"#)
        json.endObject()
    }

    private func parameters(_ json: inout JSONWriter) {
        json.beginObject()
        json.raw(#""name":"subscription""#)
        json.name("valueReference")
        json.beginObject()
        url("reference", "/Subscription/", envelope.subscriptionID, &json)
        json.endObject()
        json.endObject()
        // The topic tells what kind of data this is about, which a subscriber of `empty` chose not to have told (§7.3).
        if envelope.content != .empty {
            json.beginObject()
            json.raw(#""name":"topic""#)
            json.member("valueCanonical", envelope.topic)
            json.endObject()
        }
        json.parameter(#""name":"status","valueCode""#, envelope.status.rawValue)
        json.parameter(#""name":"type","valueCode""#, type.rawValue)
        json.parameter(#""name":"events-since-subscription-start","valueString""#, String(total))
        for event in events { notificationEvent(event, &json) }
    }

    /// Writes a member whose value is an address below the base.
    func url(
        _ name: StaticString,
        _ path: StaticString,
        _ id: UUID,
        suffix: StaticString = "",
        _ json: inout JSONWriter
    ) {
        json.name(name)
        json.plainString { bytes in
            bytes.append(contentsOf: base)
            path.withUTF8Buffer { bytes.append(contentsOf: $0) }
            id.appendLowercase(to: &bytes)
            suffix.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }
    }
}

extension JSONWriter {
    /// Writes a member whose value is an id in lower case.
    fileprivate mutating func member(_ name: StaticString, _ id: UUID) {
        self.name(name)
        plainString { id.appendLowercase(to: &$0) }
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
