import Events
import FHIR

extension ReceivedNotification {
    /// Reads an R4 notification bundle; unknown parameters are ignored, because the guide's slicing is open (§6).
    ///
    /// Lenient where other senders are known to differ (§13): an event's time may be a `valueDateTime` or `valueDate`,
    /// the subscription a `valueString`.
    package init(parsing bytes: [UInt8]) throws(MessagesError) {
        let bundle: JSONValue
        do throws(JSONError) { bundle = try JSONValue(parsing: bytes) } catch { throw .json(error) }
        guard bundle["resourceType"]?.string == "Bundle", bundle["type"]?.string == "history" else {
            throw .notification(element: "Bundle.type")
        }
        guard let entries = bundle["entry"]?.array, let parameters = entries.first?.at("resource", "parameter")?.array,
            entries.first?.at("resource", "resourceType")?.string == "Parameters"
        else { throw .notification(element: "Bundle.entry[0]") }

        func parameter(_ name: String) -> JSONValue? { parameters.first { $0["name"]?.string == name } }
        guard let reference = parameter("subscription"),
            let subscription = reference.at("valueReference", "reference")?.string ?? reference["valueString"]?.string
        else { throw .notification(element: "subscription") }
        guard let type = parameter("type")?["valueCode"]?.string.flatMap(NotificationType.init(rawValue:)) else {
            throw .notification(element: "type")
        }
        guard let status = parameter("status")?["valueCode"]?.string else { throw .notification(element: "status") }
        self.subscription = subscription
        self.type = type
        self.status = status
        topic = parameter("topic")?["valueCanonical"]?.string
        total = parameter("events-since-subscription-start")?.decimal
        var rest = Array(entries.dropFirst())
        var events: [Event] = []
        for part in parameters where part["name"]?.string == "notification-event" {
            events.append(try Event(part["part"]?.array ?? [], takingEntryFrom: &rest))
        }
        guard type != .eventNotification || !events.isEmpty else { throw .notification(element: "notification-event") }
        self.events = events
        records = type == .queryStatus ? rest.compactMap(Record.init) : []
    }
}

extension ReceivedNotification.Record {
    fileprivate init?(_ entry: JSONValue) {
        guard let address = entry["fullUrl"]?.string else { return nil }
        self.init(address: address, version: entry.version, resource: entry["resource"])
    }
}

extension ReceivedNotification.Event {
    /// Reads one event and takes the entry that belongs to it: the first one left with the focus' address.
    fileprivate init(_ parts: [JSONValue], takingEntryFrom entries: inout [JSONValue]) throws(MessagesError) {
        func part(_ name: String) -> JSONValue? { parts.first { $0["name"]?.string == name } }
        guard let number = part("event-number")?.decimal else { throw .notification(element: "event-number") }
        self.number = number
        let timestamp = part("timestamp")
        self.timestamp = (timestamp?["valueInstant"] ?? timestamp?["valueDateTime"] ?? timestamp?["valueDate"])?
            .string.flatMap { FHIRInstant($0) }
        let reference = part("focus")?["valueReference"]
        let focus = reference?["reference"]?.string
        self.focus = focus
        let identifier = reference?["identifier"]
        if let system = identifier?["system"]?.string, let value = identifier?["value"]?.string {
            self.identifier = ReceivedNotification.Identifier(system: system, value: value)
        } else {
            self.identifier = nil
        }
        let entry = entries.firstIndex { $0["fullUrl"]?.string == focus }.map { entries.remove(at: $0) }
        shape = entry?.at("request", "method")?.string.flatMap { EventShape(method: $0) }
        version = entry?.version
        resource = entry?["resource"]
    }
}

extension JSONValue {
    /// The version that an entry's `etag` names.
    fileprivate var version: Int32? {
        at("response", "etag")?.string.flatMap { Int32($0.trimmingPrefix("W/").filter { $0 != "\"" }) }
    }

    /// The `valueString` of a parameter as the 64-bit integer it spells (§7.4).
    fileprivate var decimal: Int64? { self["valueString"]?.string.flatMap { Int64($0) } }
}
