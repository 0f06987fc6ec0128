import Events
import FHIR

extension NotificationBundle {
    /// One event of the status entry: number, time and, unless the level is `empty`, the record (§6, §7.3).
    func notificationEvent(_ event: NotifiedEvent, _ json: inout JSONWriter) {
        switch envelope.release {
        case .r4: parameter(event, &json)
        case .r4b: element(event, &json)
        }
    }

    /// R4: a parameter with parts.
    private func parameter(_ event: NotifiedEvent, _ json: inout JSONWriter) {
        json.beginObject()
        json.raw(#""name":"notification-event""#)
        json.name("part")
        json.beginArray()
        json.parameter(#""name":"event-number","valueString""#, String(event.number))
        json.beginObject()
        json.raw(#""name":"timestamp""#)
        json.member("valueInstant", event.committedAt)
        json.endObject()
        if envelope.content != .empty {
            json.beginObject()
            json.raw(#""name":"focus""#)
            json.name("valueReference")
            focus(event, &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    /// R4B: an element of its own.
    private func element(_ event: NotifiedEvent, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("eventNumber", String(event.number))
        json.member("timestamp", event.committedAt)
        if envelope.content != .empty {
            json.name("focus")
            focus(event, &json)
        }
        json.endObject()
    }

    private func focus(_ event: NotifiedEvent, _ json: inout JSONWriter) {
        json.beginObject()
        url("reference", "/Immunization/", event.recordID, &json)
        json.raw(#""type":"Immunization""#)
        // A removed record can no longer be fetched, so its receiver needs the identifier to find its copy (§7.3).
        if event.shape == .delete {
            json.name("identifier")
            json.beginObject()
            json.member("system", event.identifierSystem)
            json.member("value", event.identifierValue)
            json.endObject()
        }
        json.endObject()
    }

    /// One entry an event, never merged: an included resource is the version that caused the event (§7.3).
    func entry(_ event: NotifiedEvent, _ json: inout JSONWriter) {
        json.beginObject()
        url("fullUrl", "/Immunization/", event.recordID, &json)
        switch (event.shape, event.resource) {
        case (.post, let resource?): change(event, resource, method: "POST", status: "201", &json)
        case (.put, let resource?): change(event, resource, method: "PUT", status: "200", &json)
        case (.delete, _):
            request("DELETE", event, isOfType: false, &json)
            response("204", event, isModified: false, &json)
        case (_, nil):
            // What this subscriber may no longer see keeps its number, so that the numbering stays whole (§11).
            request("GET", event, isOfType: false, &json)
            json.raw(#""response":{"status":"403"}"#)
        }
        json.endObject()
    }

    /// A record as if it had been read.
    func read(_ record: NotifiedEvent, _ json: inout JSONWriter) {
        json.beginObject()
        url("fullUrl", "/Immunization/", record.recordID, &json)
        let resource = envelope.content == .fullResource ? record.resource : nil
        if let resource {
            json.name("resource")
            json.raw(resource)
        }
        request("GET", record, isOfType: false, &json)
        response("200", record, isModified: resource != nil, &json)
        json.endObject()
    }

    private func change(
        _ event: NotifiedEvent,
        _ resource: [UInt8],
        method: StaticString,
        status: StaticString,
        _ json: inout JSONWriter
    ) {
        json.name("resource")
        json.raw(resource)
        request(method, event, isOfType: event.shape == .post, &json)
        response(status, event, isModified: true, &json)
    }

    /// What a client would have sent to cause the change: to the type for a new record, else to the record (§7.1).
    private func request(
        _ method: StaticString,
        _ event: NotifiedEvent,
        isOfType: Bool,
        _ json: inout JSONWriter
    ) {
        json.name("request")
        json.beginObject()
        json.name("method")
        json.plainString { bytes in method.withUTF8Buffer { bytes.append(contentsOf: $0) } }
        json.name("url")
        json.plainString {
            $0.append(contentsOf: "Immunization".utf8)
            if isOfType { return }
            $0.append(UInt8(ascii: "/"))
            event.recordID.appendLowercase(to: &$0)
        }
        json.endObject()
    }

    /// How the hub would have answered; `lastModified` goes with a resource only.
    private func response(
        _ status: StaticString,
        _ event: NotifiedEvent,
        isModified: Bool,
        _ json: inout JSONWriter
    ) {
        json.name("response")
        json.beginObject()
        json.name("status")
        json.plainString { bytes in status.withUTF8Buffer { bytes.append(contentsOf: $0) } }
        json.name("etag")
        json.plainString { $0.append(contentsOf: "W/\\\"\(event.version)\\\"".utf8) }
        if isModified { json.member("lastModified", event.committedAt) }
        json.endObject()
    }
}
