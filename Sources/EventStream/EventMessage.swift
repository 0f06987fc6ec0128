import Events
import FHIR
import Foundation
import Kafka
import Vaccination

/// An event as a Kafka message: CloudEvents 1.0 in binary mode (`design.md` §3).
///
/// The key is the record's id, so a record's events keep their order, also when a correction moves it to another patient.
/// The value is JSON: `routing` with what subscriptions look at, `current` and, for changes, `previous` with the Immunization.
enum EventMessage {
    /// Header names, each in one place.
    enum Header {
        static let specVersion = "ce_specversion"
        static let id = "ce_id"
        static let source = "ce_source"
        static let type = "ce_type"
        static let subject = "ce_subject"
        static let time = "ce_time"
        static let contentType = "content-type"
        static let version = "herald_version"
        static let change = "herald_change"
        static let traceParent = "traceparent"
    }

    /// Bytes of content in a message at most; brokers refuse a message of more than 1 MB unless told otherwise.
    ///
    /// An event must never be too large to publish, for it would hold up all those behind it (D-86): what does not fit is
    /// left out, first the previous content, then the current one down to its id. Routing needs neither.
    static let contentLimit = 900_000

    /// Bytes of a whole message at most: content, headers, key and routing.
    static let largestMessage = 1_000_000

    static func encode(_ publication: OutboxPublication, topic: String, source: String) -> KafkaMessage {
        let event = publication.event
        var headers = [
            header(Header.specVersion, "1.0"),
            header(Header.id, event.id.uuidString.lowercased()),
            header(Header.source, source),
            header(Header.type, event.kind.cloudEventType),
            header(Header.subject, event.recordID.description),
            header(Header.time, FHIRInstant(event.committedAt).description),
            header(Header.contentType, "application/json"),
            header(Header.version, String(event.version)),
            header(Header.change, String(event.change)),
        ]
        if let traceParent = event.traceParent { headers.append(header(Header.traceParent, traceParent)) }
        let value = JSONWriter.bytes { json in
            json.beginObject()
            json.name("routing")
            json.beginObject()
            if let number = event.attributes.nhsNumber { json.member("nhsNumber", number.digits) }
            json.member("vaccineType", event.attributes.vaccineType)
            json.member("performer", event.attributes.performer)
            json.member("supplier", event.attributes.supplier)
            json.endObject()
            json.name("current")
            if publication.current.count <= contentLimit {
                json.raw(publication.current)
            } else {
                json.beginObject()
                json.member("resourceType", "Immunization")
                json.member("id", event.recordID.description)
                json.endObject()
            }
            if let previous = publication.previous, publication.current.count + previous.count <= contentLimit {
                json.name("previous")
                json.raw(previous)
            }
            json.endObject()
        }
        return KafkaMessage(
            topic: topic,
            key: Array(event.recordID.description.utf8),
            value: value,
            headers: headers,
            partition: nil
        )
    }

    /// Reads an event back.
    ///
    /// - Throws: ``UnreadableEvent`` with the member or header at fault.
    static func decode(_ record: KafkaRecord) throws(UnreadableEvent) -> VaccinationEvent {
        let type = try text(Header.type, of: record)
        guard let kind = EventKind(cloudEventType: type) else {
            throw UnreadableEvent(reason: "header \(Header.type) is not an event type of Herald")
        }
        guard let recordID = UUID(uuidString: try text(Header.subject, of: record)) else {
            throw UnreadableEvent(reason: "header \(Header.subject) is not a UUID")
        }
        guard let time = FHIRInstant(try text(Header.time, of: record)) else {
            throw UnreadableEvent(reason: "header \(Header.time) is not an instant")
        }
        guard let bytes = record.value, let value = try? JSONValue(parsing: bytes) else {
            throw UnreadableEvent(reason: "the value is not JSON")
        }
        guard let current = value["current"], current["resourceType"]?.string == "Immunization" else {
            throw UnreadableEvent(reason: "member current is not an Immunization")
        }
        var attributes = try attributes(value["routing"])
        // A content that was too large is not there; then the router reads it from the database.
        if current["status"] != nil { attributes.facts = VaccinationFacts(current) }
        return VaccinationEvent(
            kind: kind,
            recordID: RecordID(recordID),
            change: try number(Header.change, of: record),
            version: try number(Header.version, of: record),
            committedAt: Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000),
            attributes: attributes,
            traceParent: record.header(Header.traceParent).map { String(decoding: $0, as: UTF8.self) }
        )
    }

    /// The event's id, if the message names one.
    static func id(of record: KafkaRecord) -> UUID? {
        record.header(Header.id).flatMap { UUID(uuidString: String(decoding: $0, as: UTF8.self)) }
    }

    private static func attributes(_ routing: JSONValue?) throws(UnreadableEvent) -> EventAttributes {
        guard let type = routing?["vaccineType"]?.string, let performer = routing?["performer"]?.string,
            let supplier = routing?["supplier"]?.string
        else { throw UnreadableEvent(reason: "member routing is incomplete") }
        var nhsNumber: NHSNumber?
        if let digits = routing?["nhsNumber"]?.string {
            nhsNumber = NHSNumber(digits)
            guard nhsNumber != nil else {
                throw UnreadableEvent(reason: "member routing.nhsNumber is not an NHS number")
            }
        }
        return EventAttributes(nhsNumber: nhsNumber, vaccineType: type, performer: performer, supplier: supplier)
    }

    private static func text(_ name: String, of record: KafkaRecord) throws(UnreadableEvent) -> String {
        guard let bytes = record.header(name) else { throw UnreadableEvent(reason: "header \(name) is missing") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func number(_ name: String, of record: KafkaRecord) throws(UnreadableEvent) -> Int32 {
        guard let number = Int32(try text(name, of: record)), number > 0 else {
            throw UnreadableEvent(reason: "header \(name) is not a positive number")
        }
        return number
    }

    private static func header(_ name: String, _ value: String) -> KafkaHeader {
        KafkaHeader(name: name, value: Array(value.utf8))
    }
}

/// A message that is not an event Herald can read; the reason names headers and members, never values.
struct UnreadableEvent: Error, Hashable {
    let reason: String
}
