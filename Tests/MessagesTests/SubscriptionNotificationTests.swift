import Events
import FHIR
import Foundation
import Messages
import Testing

@Suite("Notification bundles (fhir-subscriptions.md §6, §7)")
struct SubscriptionNotificationTests {
    static let first = "29dc4e84-7e72-41ee-b962-0242ac120002"
    static let second = "6a1f0c52-93b7-4d0e-8c64-1f2e3d4c5b6a"

    private func recorded(_ example: NotificationExample) throws -> NotifiedEvent {
        try example.event(1, .post, record: Self.first, version: 1, at: "2026-10-09T09:01:06.918Z", entry: 1)
    }

    private func removed(_ example: NotificationExample) throws -> NotifiedEvent {
        try example.event(4, .delete, record: Self.first, version: 3, at: "2026-10-09T10:02:45.310Z", entry: 1)
    }

    private func expect(
        _ bytes: [UInt8],
        equals example: JSONValue,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let differences = try JSONValue(parsing: bytes).differences(from: example)
        #expect(differences == [], sourceLocation: location)
    }

    @Test func handshakeIsTheExample() throws {
        let example = try NotificationExample("handshake")
        let bytes = SubscriptionNotification.handshake(try example.envelope(.fullResource, .requested), total: 0)
        try expect(bytes, equals: example.value)
    }

    @Test func heartbeatIsTheExample() throws {
        let example = try NotificationExample("heartbeat")
        try expect(SubscriptionNotification.heartbeat(try example.envelope(.idOnly), total: 1), equals: example.value)
    }

    @Test(arguments: [
        ("event-empty", ContentLevel.empty), ("event-id-only", .idOnly),
        ("event-full-resource-recorded", .fullResource),
    ])
    func recordedEventIsTheExample(name: String, content: ContentLevel) throws {
        let example = try NotificationExample(name)
        let resource = try NotificationExample("event-full-resource-recorded")
        let bytes = SubscriptionNotification.events(try example.envelope(content), [try recorded(resource)])
        try expect(bytes, equals: example.value)
    }

    @Test func batchWithAChangeIsTheExample() throws {
        let example = try NotificationExample("event-full-resource-batch")
        let events = [
            try example.event(2, .put, record: Self.first, version: 2, at: "2026-10-09T09:40:11.250Z", entry: 1),
            try example.event(3, .post, record: Self.second, version: 1, at: "2026-10-09T09:40:12.003Z", entry: 2),
        ]
        try expect(SubscriptionNotification.events(try example.envelope(.fullResource), events), equals: example.value)
    }

    @Test func removalIsTheExampleAndCarriesNoResourceEvenIfOneIsGiven() throws {
        let example = try NotificationExample("event-removed")
        var event = try removed(example)
        #expect(event.resource == nil)
        try expect(SubscriptionNotification.events(try example.envelope(.fullResource), [event]), equals: example.value)
        event.resource = try NotificationExample("event-full-resource-recorded").value["entry"]?[1]?["resource"]?.bytes
        try expect(SubscriptionNotification.events(try example.envelope(.fullResource), [event]), equals: example.value)
    }

    @Test("§9.7: at id-only a removal is the same without the second entry")
    func removalAtIDOnlyNamesTheIdentifier() throws {
        let example = try NotificationExample("event-removed")
        let bytes = SubscriptionNotification.events(try example.envelope(.idOnly), [try removed(example)])
        var expected = try #require(example.value.object)
        expected["entry"] = .array([try #require(example.value["entry"]?[0])])
        try expect(bytes, equals: .object(expected))
    }

    @Test("§7.1, §7.3: empty tells neither topic nor record", arguments: EventShape.allCases)
    func emptyTellsNothing(shape: EventShape) throws {
        let example = try NotificationExample("event-full-resource-recorded")
        var event = try recorded(example)
        event.shape = shape
        let envelope = try example.envelope(.empty)
        let all = [
            SubscriptionNotification.events(envelope, [event]), SubscriptionNotification.handshake(envelope, total: 0),
            SubscriptionNotification.heartbeat(envelope, total: 9),
        ]
        for bytes in all {
            let text = String(decoding: bytes, as: UTF8.self)
            for secret in ["SubscriptionTopic", "Immunization", Self.first, "ACME", "focus", "Taylor"] {
                #expect(!text.contains(secret))
            }
            #expect(try JSONValue(parsing: bytes)["entry"]?.array?.count == 1)
        }
    }

    @Test("§11: what may not be shown keeps its number and focus")
    func withheldContentIsAnEntryWithout() throws {
        let example = try NotificationExample("event-full-resource-recorded")
        var event = try recorded(example)
        event.resource = nil
        let bundle = try JSONValue(
            parsing: SubscriptionNotification.events(try example.envelope(.fullResource), [event])
        )
        #expect(
            bundle["entry"]?[1] == [
                "fullUrl": .string("\(NotificationExample.base)/Immunization/\(Self.first)"),
                "request": ["method": "GET", "url": .string("Immunization/\(Self.first)")],
                "response": ["status": "403"],
            ]
        )
    }

    @Test("D-10: a retry is built from the same inputs")
    func sameInputsGiveTheSameBytes() throws {
        let example = try NotificationExample("event-full-resource-recorded")
        let events = [try recorded(example)]
        let first = SubscriptionNotification.events(try example.envelope(.fullResource), events)
        #expect(first == SubscriptionNotification.events(try example.envelope(.fullResource), events))
        var later = try example.envelope(.fullResource)
        later.bundleID = UUID()
        #expect(first != SubscriptionNotification.events(later, events))
    }

    @Test("§7.3, §7.4: two versions of one record are two events; the total is the highest number")
    func versionsOfOneRecordAreNotMerged() throws {
        let example = try NotificationExample("event-full-resource-recorded")
        var events = [try recorded(example), try recorded(example)]
        events[1].number = 9_007_199_254_740_993
        events[1].version = 2
        events[1].shape = .put
        let bytes = SubscriptionNotification.events(try example.envelope(.fullResource), events)
        let received = try ReceivedNotification(parsing: bytes)
        #expect(received.total == 9_007_199_254_740_993)
        #expect(received.events.map(\.version) == [1, 2] && received.events.map(\.shape) == [.post, .put])
    }

    @Test func textFromOutsideIsEscaped() throws {
        let example = try NotificationExample("event-removed")
        var event = try removed(example)
        event.identifierSystem = "https://x.example/\"quoted\"\\\n\u{1}"
        event.identifierValue = "é\"},{\"x\":\"😀"
        var envelope = try example.envelope(.idOnly)
        envelope.topic = "https://topic.example/\""
        envelope.baseURL = "https://base.example/\"a"
        let received = try ReceivedNotification(parsing: SubscriptionNotification.events(envelope, [event]))
        #expect(received.topic == envelope.topic)
        #expect(received.events.first?.identifier?.system == event.identifierSystem)
        #expect(received.events.first?.identifier?.value == event.identifierValue)
        #expect(received.events.first?.focus == "https://base.example/\"a/Immunization/\(Self.first)")
    }
}
