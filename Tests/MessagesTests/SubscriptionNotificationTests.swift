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

    /// C-21, C-22.
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

    @Test("C-39: R4B has a resource of its own for the status")
    func eventInR4BIsTheExample() throws {
        let example = try NotificationExample("r4b-event-id-only")
        let resource = try NotificationExample("event-full-resource-recorded")
        let envelope = try example.envelope(.idOnly, release: .r4b)
        try expect(SubscriptionNotification.events(envelope, [try recorded(resource)]), equals: example.value)
    }

    @Test("R4B: handshake and heartbeat are without events, and empty is without topic and focus")
    func r4bTellsNoMoreThanR4() throws {
        let example = try NotificationExample("r4b-event-id-only")
        let event = try recorded(try NotificationExample("event-full-resource-recorded"))
        let envelope = try example.envelope(.empty, .requested, release: .r4b)
        for bytes in [
            SubscriptionNotification.handshake(envelope, total: 0),
            SubscriptionNotification.heartbeat(envelope, total: 9),
        ] {
            let status = try #require(JSONValue(parsing: bytes)["entry"]?[0]?["resource"])
            #expect(status["notificationEvent"] == nil && status["topic"] == nil && status["status"] == "requested")
        }
        let status = try JSONValue(parsing: SubscriptionNotification.events(envelope, [event]))["entry"]?[0]?[
            "resource"
        ]
        #expect(
            status?["notificationEvent"] == [["eventNumber": "1", "timestamp": "2026-10-09T09:01:06.918Z"]]
        )
    }

    @Test func answerToEventsIsTheExample() throws {
        let example = try NotificationExample("events-response")
        func event(_ number: Int64, _ shape: EventShape, _ record: String, _ time: String) throws -> NotifiedEvent {
            try example.event(number, shape, record: record, version: 1, at: time, entry: 1)
        }
        let events = [
            try event(2, .put, Self.first, "2026-10-09T09:40:11.250Z"),
            try event(3, .post, Self.second, "2026-10-09T09:40:12.003Z"),
            try event(4, .delete, Self.first, "2026-10-09T10:02:45.310Z"),
        ]
        let envelope = try example.envelope(.idOnly, .error)
        try expect(SubscriptionNotification.query(envelope, events, total: 9), equals: example.value)
        let page = try JSONValue(
            parsing: SubscriptionNotification.query(envelope, events, total: 9, next: "https://x.example/?a=1&b=2")
        )
        #expect(page["link"] == [["relation": "next", "url": "https://x.example/?a=1&b=2"]])
    }

    @Test(
        "C-36: $status",
        arguments: [
            ("status-active", NotificationEnvelope.Status.active, 4, []),
            (
                "status-error", .error, 9,
                [
                    SubscriptionError(
                        code: .errorResponse,
                        text: """
                            HTTP 503 from endpoint; 12 consecutive failures since 2026-10-09T10:20:31Z; next attempt \
                            2026-10-09T12:05:40Z; oldest undelivered event 5
                            """
                    )
                ]
            ),
        ]
    )
    func answerToStatusIsTheExample(
        name: String,
        status: NotificationEnvelope.Status,
        total: Int64,
        errors: [SubscriptionError]
    ) throws {
        let example = try NotificationExample(name)
        let envelope = try example.envelope(.fullResource, status)
        let answer = StatusAnswer(
            id: envelope.bundleID,
            timestamp: envelope.timestamp,
            total: 1,
            link: "\(NotificationExample.base)/Subscription/b8f2c3a4-5d6e-4f70-8a91-0c1d2e3f4a5b/$status",
            entries: [StatusAnswer.Entry(envelope, total: total, errors: errors)]
        )
        try expect(answer.bytes, equals: example.value)
    }

    @Test func batchWithAChangeIsTheExample() throws {
        let example = try NotificationExample("event-full-resource-batch")
        let events = [
            try example.event(2, .put, record: Self.first, version: 2, at: "2026-10-09T09:40:11.250Z", entry: 1),
            try example.event(3, .post, record: Self.second, version: 1, at: "2026-10-09T09:40:12.003Z", entry: 2),
        ]
        try expect(SubscriptionNotification.events(try example.envelope(.fullResource), events), equals: example.value)
    }

    /// C-27.
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
