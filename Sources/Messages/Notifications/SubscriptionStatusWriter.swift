import FHIR
import Foundation

/// Writes the resource that says how a subscription stands: `Parameters` in R4, `SubscriptionStatus` in R4B (§6).
struct SubscriptionStatusWriter {
    private let type: NotificationType
    private let envelope: NotificationEnvelope
    private let total: Int64
    private let errors: [SubscriptionError]

    /// The base address as it stands inside a JSON string.
    private let base: [UInt8]

    init(type: NotificationType, envelope: NotificationEnvelope, total: Int64, errors: [SubscriptionError]) {
        self.type = type
        self.envelope = envelope
        self.total = total
        self.errors = errors
        base = JSONWriter.bytes { $0.string(envelope.baseURL) }.dropFirst().dropLast()
    }

    /// Writes the members of an entry that hold the resource; `events` writes its events.
    func entry(_ json: inout JSONWriter, events: (inout JSONWriter) -> Void = { _ in }) {
        json.name("fullUrl")
        json.plainString {
            $0.append(contentsOf: "urn:uuid:".utf8)
            envelope.statusID.appendLowercase(to: &$0)
        }
        json.name("resource")
        json.beginObject()
        switch envelope.release {
        case .r4: parameters(&json, events)
        case .r4b: status(&json, events)
        }
        json.endObject()
    }

    private func parameters(_ json: inout JSONWriter, _ events: (inout JSONWriter) -> Void) {
        json.raw(#""resourceType":"Parameters""#)
        json.member("id", envelope.statusID)
        json.open(#""meta":{"profile":["#)
        json.profile("backport-subscription-status-r4")
        json.close("]}")
        json.name("parameter")
        json.beginArray()
        json.open(#"{"name":"subscription","valueReference":{"#)
        url("reference", "/Subscription/", envelope.subscriptionID, &json)
        json.close("}}")
        if tellsTopic {
            json.open(#"{"name":"topic","#)
            json.member("valueCanonical", envelope.topic)
            json.endObject()
        }
        json.parameter(#""name":"status","valueCode""#, envelope.status.rawValue)
        json.parameter(#""name":"type","valueCode""#, type.rawValue)
        json.parameter(#""name":"events-since-subscription-start","valueString""#, String(total))
        events(&json)
        for error in errors {
            json.open(#"{"name":"error","valueCodeableConcept":"#)
            error.write(&json)
            json.endObject()
        }
        json.endArray()
    }

    private func status(_ json: inout JSONWriter, _ events: (inout JSONWriter) -> Void) {
        json.raw(#""resourceType":"SubscriptionStatus""#)
        json.member("id", envelope.statusID)
        json.member("status", envelope.status.rawValue)
        json.member("type", type.rawValue)
        json.member("eventsSinceSubscriptionStart", String(total))
        let items = JSONWriter.bytes { events(&$0) }
        if !items.isEmpty {
            json.name("notificationEvent")
            json.beginArray()
            json.raw(items)
            json.endArray()
        }
        json.open(#""subscription":{"#)
        url("reference", "/Subscription/", envelope.subscriptionID, &json)
        json.endObject()
        if tellsTopic { json.member("topic", envelope.topic) }
        if !errors.isEmpty {
            json.name("error")
            json.beginArray()
            for error in errors { error.write(&json) }
            json.endArray()
        }
    }

    /// The topic tells what kind of data this is about, which a subscriber of `empty` chose not to have told (§7.3).
    private var tellsTopic: Bool { envelope.content != .empty }

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
