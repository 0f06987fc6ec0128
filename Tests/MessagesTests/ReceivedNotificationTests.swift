import Events
import FHIR
import Messages
import Testing

@Suite("Notifications as a subscriber reads them")
struct ReceivedNotificationTests {
    private func received(_ name: String) throws -> ReceivedNotification {
        try ReceivedNotification(parsing: Fixtures.bytes("fhir-subscriptions/\(name).json"))
    }

    @Test(arguments: [
        ("handshake", NotificationType.handshake, "requested", 0), ("heartbeat", .heartbeat, "active", 1),
        ("event-empty", .eventNotification, "active", 1), ("events-response", .queryEvent, "error", 9),
    ])
    func typeStatusAndTotal(name: String, type: NotificationType, status: String, total: Int64) throws {
        let notification = try received(name)
        #expect(notification.type == type && notification.status == status && notification.total == total)
        #expect(notification.subscriptionID == "b8f2c3a4-5d6e-4f70-8a91-0c1d2e3f4a5b")
    }

    @Test func eventsCarryNumberTimeFocusShapeAndResource() throws {
        let events = try received("event-full-resource-batch").events
        #expect(events.map(\.number) == [2, 3])
        #expect(events.map(\.shape) == [.put, .post])
        #expect(events.map(\.version) == [2, 1])
        #expect(events.map { $0.timestamp?.description } == ["2026-10-09T09:40:11.250Z", "2026-10-09T09:40:12.003Z"])
        #expect(events[0].focus == "https://herald.example/fhir/R4/Immunization/29dc4e84-7e72-41ee-b962-0242ac120002")
        #expect(events[1].resource?["lotNumber"] == "FLU26-881")
    }

    @Test func removalIsFoundByItsIdentifier() throws {
        let event = try #require(try received("event-removed").events.first)
        #expect(event.shape == .delete && event.resource == nil && event.version == 3)
        #expect(event.identifier?.system == "https://supplierABC/identifiers/vacc")
        #expect(event.identifier?.value == "ACME-vacc123456")
    }

    @Test func emptyEventsHaveANumberOnly() throws {
        let event = try #require(try received("event-empty").events.first)
        #expect(event.number == 1 && event.focus == nil && event.shape == nil && event.resource == nil)
    }

    @Test("§6, §13: unknown parameters are ignored, other senders' forms are read")
    func lenientWithOtherSenders() throws {
        var text = String(decoding: try Fixtures.bytes("fhir-subscriptions/event-id-only.json"), as: UTF8.self)
        text = text.replacing("\"valueInstant\"", with: "\"valueDateTime\"")
        text = text.replacing(
            "\"parameter\": [",
            with: "\"parameter\": [ {\"name\": \"new-in-2.0\", \"valueCode\": \"x\"},"
        )
        let notification = try ReceivedNotification(parsing: Array(text.utf8))
        #expect(notification.events.first?.timestamp?.description == "2026-10-09T09:01:06.918Z")
    }

    @Test(arguments: [
        ("{}", MessagesError.notification(element: "Bundle.type")),
        ("{\"resourceType\":\"Bundle\",\"type\":\"subscription-notification\"}", .notification(element: "Bundle.type")),
        ("{\"resourceType\":\"Bundle\",\"type\":\"history\"}", .notification(element: "Bundle.entry[0]")),
        ("{", .json(.unexpectedEnd(offset: 1))), ("", .json(.unexpectedEnd(offset: 0))),
    ])
    func otherBodiesAreRefused(body: String, error: MessagesError) {
        #expect(throws: error) { try ReceivedNotification(parsing: Array(body.utf8)) }
    }

    @Test(arguments: [
        ("\"name\": \"subscription\"", "subscription"), ("\"name\": \"status\"", "status"),
        ("\"name\": \"type\"", "type"),
        ("\"name\": \"event-number\"", "event-number"), ("\"name\": \"notification-event\"", "notification-event"),
    ])
    func missingParametersAreNamed(name: String, element: String) throws {
        let text = String(decoding: try Fixtures.bytes("fhir-subscriptions/event-id-only.json"), as: UTF8.self)
        let body = Array(text.replacing(name, with: "\"name\": \"x\"").utf8)
        #expect(throws: MessagesError.notification(element: element)) { try ReceivedNotification(parsing: body) }
    }

    @Test(
        "§7.4: numbers are strings",
        arguments: ["\"valueString\": \"1.0\"", "\"valueString\": \"one\"", "\"valueDecimal\": 1"]
    )
    func numbersThatAreNotIntegersAreRefused(value: String) throws {
        let text = String(decoding: try Fixtures.bytes("fhir-subscriptions/event-id-only.json"), as: UTF8.self)
        let body = Array(text.replacing("\"valueString\": \"1\"", with: value).utf8)
        #expect(throws: MessagesError.notification(element: "event-number")) { try ReceivedNotification(parsing: body) }
    }
}
