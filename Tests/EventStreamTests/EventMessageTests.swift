import Events
import FHIR
import Foundation
import HeraldTestKit
import Kafka
import Testing
import Vaccination

@testable import EventStream

@Suite struct EventMessageTests {
    private static let current = Array(#"{"resourceType":"Immunization","id":"now"}"#.utf8)
    private static let previous = Array(#"{"resourceType":"Immunization","id":"then"}"#.utf8)

    private func message(
        _ event: VaccinationEvent,
        current: [UInt8] = current,
        previous: [UInt8]? = previous
    ) -> KafkaMessage {
        let publication = OutboxPublication(outboxID: 1, event: event, current: current, previous: previous)
        return EventMessage.encode(publication, topic: "t", source: "https://herald.example.nhs.uk")
    }

    private func record(_ message: KafkaMessage) -> KafkaRecord {
        KafkaRecord(
            topic: "t",
            partition: 0,
            offset: 7,
            key: message.key,
            value: message.value,
            headers: message.headers
        )
    }

    @Test(arguments: EventKind.allCases, [1, nil])
    func whatIsWrittenIsRead(_ kind: EventKind, _ patient: Int?) throws {
        var event = VaccinationEvent.sample(3, change: 4, kind, patient: patient)
        event.version = 2
        event.traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        #expect(try EventMessage.decode(record(message(event))) == event)
    }

    @Test func whatFiltersAskOfTheContentComesWithTheMessage() throws {
        let content = Array(
            #"{"resourceType":"Immunization","status":"not-done","occurrenceDateTime":"2025-01-14"}"#.utf8
        )
        let event = try EventMessage.decode(record(message(.sample(), current: content)))
        let day = CivilDate(year: 2025, month: 1, day: 14)
        #expect(event.attributes.facts == VaccinationFacts(status: "not-done", day: day))
        // Left out where it was too large; then the router reads it from the database.
        let large = content.dropLast() + Array(#","note":"\#(String(repeating: "x", count: 1_000_000))"}"#.utf8)
        #expect(try EventMessage.decode(record(message(.sample(), current: Array(large)))).attributes.facts == nil)
    }

    @Test func aMessageIsACloudEventInBinaryMode() throws {
        let event = VaccinationEvent.sample(change: 2, .corrected)
        let message = message(event)
        let headers = Dictionary(
            uniqueKeysWithValues: message.headers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }
        )
        #expect(headers["ce_specversion"] == "1.0")
        #expect(headers["ce_id"] == event.id.uuidString.lowercased())
        #expect(headers["ce_source"] == "https://herald.example.nhs.uk")
        #expect(headers["ce_type"] == "uk.nhs.herald.vaccination.corrected")
        #expect(headers["ce_subject"] == event.recordID.description)
        #expect(headers["ce_time"] == "2023-11-14T22:13:20.000Z")
        #expect(headers["content-type"] == "application/json")
        #expect(headers["herald_version"] == "2")
        // Its record's id is the key: corrections to another patient keep their order.
        #expect(message.key == Array(event.recordID.description.utf8))
        let value = try JSONValue(parsing: message.value)
        #expect(value["current"]?["id"]?.string == "now")
        #expect(value["previous"]?["id"]?.string == "then")
    }

    @Test func contentThatIsTooLargeIsLeftOutAndTheEventStillRouted() throws {
        func content(_ bytes: Int) -> [UInt8] {
            Array(#"{"resourceType":"Immunization","note":"\#(String(repeating: "x", count: bytes))"}"#.utf8)
        }
        let event = VaccinationEvent.sample(change: 2, .corrected)
        let fits = message(event, current: content(400_000), previous: content(400_000))
        let withoutPrevious = message(event, current: content(600_000), previous: content(600_000))
        let withoutContent = message(event, current: content(2_000_000), previous: content(10))
        for message in [fits, withoutPrevious, withoutContent] {
            #expect(message.value.count < 1_000_000)
            #expect(try EventMessage.decode(record(message)) == event)
        }
        #expect(try JSONValue(parsing: fits.value)["previous"] != nil)
        #expect(try JSONValue(parsing: withoutPrevious.value)["previous"] == nil)
        #expect(try JSONValue(parsing: withoutPrevious.value)["current"]?["note"] != nil)
        #expect(try JSONValue(parsing: withoutContent.value)["current"]?["note"] == nil)
        #expect(try JSONValue(parsing: withoutContent.value)["current"]?["id"]?.string == event.recordID.description)
    }

    @Test(arguments: [
        ("ce_type", "uk.nhs.herald.vaccination.lost"), ("ce_type", nil), ("ce_subject", "not-an-id"),
        ("ce_subject", nil),
        ("ce_time", "yesterday"), ("ce_time", nil), ("herald_change", "0"), ("herald_change", "-1"),
        ("herald_change", "x"),
        ("herald_change", nil), ("herald_version", "99999999999"), ("herald_version", nil),
    ])
    func aHeaderAtFaultIsNamed(_ name: String, _ value: String?) {
        var message = message(.sample())
        message.headers.removeAll { $0.name == name }
        if let value { message.headers.append(KafkaHeader(name: name, text: value)) }
        let error = #expect(throws: UnreadableEvent.self) { try EventMessage.decode(record(message)) }
        #expect(error?.reason.contains(name) == true)
        if let value { #expect(error?.reason.contains(value) == false, "a reason never holds a value") }
    }

    @Test(arguments: [
        "", "no JSON", "[]", #"{"current":{"resourceType":"Patient"}}"#,
        #"{"current":{"resourceType":"Immunization"}}"#,
        #"{"current":{"resourceType":"Immunization"},"routing":{"vaccineType":"FLU","performer":"R"}}"#,
        #"{"current":{"resourceType":"Immunization"},"routing":{"vaccineType":"FLU","performer":"R","supplier":"E","nhsNumber":"1234567890"}}"#,
    ])
    func aValueThatIsNoEventIsUnreadable(_ value: String) {
        var message = message(.sample())
        message.value = Array(value.utf8)
        let error = #expect(throws: UnreadableEvent.self) { try EventMessage.decode(record(message)) }
        #expect(error?.reason.contains("1234567890") == false)
    }
}
