import Events
import FHIR
import Foundation
import Subscriptions
import Testing

/// The Subscription resource (`fhir-subscriptions.md` §3, §5.1, §9.1).
@Suite struct SubscriptionFormTests {
    private static let topic = "https://herald.example/fhir/SubscriptionTopic/vaccination-record-change"
    private static let now = Date(timeIntervalSince1970: 1_791_536_000)

    private static func fixture(_ name: String) throws -> JSONValue {
        let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/fhir-subscriptions")
        return try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: name + ".json"))))
    }

    private static func rules(stored: [String] = []) -> SubscriptionForm.Rules {
        SubscriptionForm.Rules(
            release: .r4,
            topic: topic,
            vaccineTypes: ["FLU"],
            now: now,
            storedHeaders: stored,
            endpointFault: { $0.hasPrefix("https://") ? nil : "endpoint must be https" }
        )
    }

    /// The example with one element set, or taken out; a path of member names and indices.
    private static func changed(_ path: [String], to value: JSONValue?) throws -> JSONValue {
        func change(_ json: JSONValue, _ path: ArraySlice<String>) -> JSONValue {
            guard let name = path.first else { return json }
            if let index = Int(name), var list = json.array {
                if path.count > 1 {
                    list[index] = change(list[index], path.dropFirst())
                } else if let value {
                    list[index] = value
                } else {
                    list.remove(at: index)
                }
                return .array(list)
            }
            var object = json.object ?? JSONObject()
            object[name] = path.count == 1 ? value : change(object[name] ?? .object(JSONObject()), path.dropFirst())
            return .object(object)
        }
        return change(try fixture("subscription-create-request"), path[...])
    }

    @Test func theExampleIsReadAsItStands() throws {
        let (form, findings) = SubscriptionForm.reading(try Self.fixture("subscription-create-request"), Self.rules())
        #expect(findings == [])
        #expect(form.status == .requested)
        #expect(form.end == FHIRInstant("2027-03-31T23:59:59Z")?.date)
        #expect(form.filter[.registeredPractices] == ["Y12345"])
        #expect(form.filter[.targetDiseases] == ["840539006", "6142004"])
        #expect(form.endpoint == "https://gp.example/fhir-notify/vaccinations")
        #expect(form.content == .fullResource && form.maxCount == 10)
        #expect(form.heartbeat == .seconds(300) && form.timeout == .seconds(20))
        #expect(form.headers == ["Authorization: Bearer receiver-supplied-token"])
    }

    @Test func theExamplesAnswerIsWrittenAsItStands() throws {
        let (form, _) = SubscriptionForm.reading(try Self.fixture("subscription-create-request"), Self.rules())
        let id = try #require(UUID(uuidString: "b8f2c3a4-5d6e-4f70-8a91-0c1d2e3f4a5b"))
        let created = try #require(FHIRInstant("2026-10-09T08:53:20.114Z")).date
        let registered = RegisteredSubscription(
            progress: SubscriptionProgress(
                subscription: form.subscription(id: SubscriptionID(id), client: "gp", topic: Self.topic, now: created),
                lastNumber: 0,
                deliveredThrough: 0,
                attempt: 0,
                nextAttemptAt: nil,
                lastError: nil
            ),
            stated: form.stated
        )
        let answer = registered.resource(topic: Self.topic)
        #expect(answer == (try Self.fixture("subscription-create-response")))
        #expect(!String(decoding: form.stated.bytes, as: UTF8.self).contains("receiver-supplied"))
    }

    @Test func theExamplesRefusalIsSaidAsItStands() throws {
        let body = try Self.changed(["_criteria", "extension", "1", "valueString"], to: "Immunization.lot-number=1")
        let finding = try #require(SubscriptionForm.reading(body, Self.rules()).findings.first)
        let expected = try Self.fixture("create-rejected")["issue"]?[0]
        #expect(finding.type.rawValue == expected?["code"]?.string)
        #expect(finding.text == expected?.at("details", "text")?.string)
        #expect([.string(finding.expression)] == expected?["expression"]?.array)
    }

    private static let faults:
        [(path: [String], value: JSONValue?, type: OperationOutcome.IssueType, isMalformed: Bool)] = [
            (["status"], nil, .required, false), (["reason"], nil, .required, false),
            (["criteria"], nil, .required, false),
            (["channel"], nil, .required, false), (["channel", "type"], nil, .required, false),
            (["channel", "payload"], nil, .required, false), (["channel", "_payload"], nil, .required, false),
            (["channel", "_payload", "extension", "0", "valueCode"], "everything", .codeInvalid, false),
            (["status"], "error", .value, false), (["status"], "paused", .value, false),
            (["status"], 5, .structure, true),
            (["criteria"], "https://other.example/topic", .notSupported, false),
            (["criteria"], .string(topic + "|2.0.0"), .notSupported, false),
            (["channel", "payload"], "application/fhir+xml", .notSupported, false),
            (["channel", "payload"], "application/fhir+json; fhirVersion=5.0", .notSupported, false),
            (["channel", "payload"], "application/fhir+json; charset=utf-8", .notSupported, false),
            (["channel", "type"], "websocket", .notSupported, false),
            (["channel", "_type"], ["extension": [["url": .string(BackportURL.channelType)]]], .notSupported, false),
            (["channel", "endpoint"], nil, .value, false),
            (["channel", "endpoint"], "http://gp.example/", .value, false),
            (["channel", "extension", "0", "valueUnsignedInt"], 29, .value, false),
            (["channel", "extension", "1", "valueUnsignedInt"], 31, .value, false),
            (["channel", "extension", "2", "valuePositiveInt"], 0, .value, false),
            (
                ["channel", "extension", "2"], ["url": .string(BackportURL.heartbeat), "valueUnsignedInt": 60],
                .structure, false
            ),
            (["end"], "2020-01-01T00:00:00Z", .value, false), (["end"], "tomorrow", .value, false),
            (["channel", "header", "0"], "Host: other.example", .value, false),
            (["channel", "header", "0"], "content-type: text/plain", .value, false),
            (["channel", "header", "0"], "webhook-id: 1", .value, false),
            (["channel", "header", "0"], "X: a\r\nY: b", .value, false),
            (["channel", "header", "0"], "Authorization: ********", .value, false),
            (["modifierExtension"], [["url": "http://x", "valueBoolean": true]], .extension, false),
            (["channel", "modifierExtension"], [["url": "http://x", "valueBoolean": true]], .extension, false),
            (["topic"], "x", .structure, true), (["resourceType"], "Patient", .invalid, true),
            (["channel"], "rest-hook", .structure, true), (["contact"], "me", .structure, true),
        ]

    /// §5.1, row by row; C-11, C-13, C-14, C-15.
    @Test(arguments: faults.indices)
    func eachRuleIsKept(_ index: Int) throws {
        let fault = Self.faults[index]
        let findings = SubscriptionForm.reading(try Self.changed(fault.path, to: fault.value), Self.rules()).findings
        #expect(findings.map(\.type) == [fault.type], "\(fault.path): \(findings)")
        #expect(findings.first?.isMalformed == fault.isMalformed)
    }

    private static let allowed: [(path: [String], value: JSONValue?)] = [
        (["status"], "active"), (["status"], "off"), (["id"], "mine"), (["error"], "none"), (["contact"], nil),
        (["end"], nil),
        (["_criteria"], nil), (["criteria"], .string(topic + "|1.0.0")), (["channel", "header"], nil),
        (["channel", "payload"], "application/fhir+json;fhirVersion=4.3"), (["channel", "extension"], nil),
        (["extension"], [["url": "https://other.example/x", "valueString": "kept"]]),
        (["channel", "extension", "2", "valuePositiveInt"], 5000),
    ]

    @Test(arguments: allowed.indices)
    func whatTheRulesLeaveOpenIsTaken(_ index: Int) throws {
        let (path, value) = Self.allowed[index]
        let (form, findings) = SubscriptionForm.reading(try Self.changed(path, to: value), Self.rules())
        #expect(findings == [], "\(path)")
        #expect(form.maxCount <= 100)
        if path == ["extension"] { #expect(form.stated["extension"] == value) }
        if path == ["channel", "payload"] { #expect(form.release == .r4b) }
    }

    /// §3: a mask keeps the stored value.
    @Test func aMaskedHeaderKeepsItsValue() throws {
        let body = try Self.changed(["channel", "header"], to: ["authorization: ********", "X-New: 1"])
        let (form, findings) = SubscriptionForm.reading(body, Self.rules(stored: ["Authorization: secret"]))
        #expect(findings == [])
        #expect(form.headers == ["authorization: secret", "X-New: 1"])
        #expect(form.stated.at("channel", "header") == ["authorization: ********", "X-New: ********"])
    }

    @Test func thereIsALimitToHeaders() throws {
        let many = JSONValue.array((0..<21).map { .string("X-\($0): 1") })
        #expect(
            SubscriptionForm.reading(try Self.changed(["channel", "header"], to: many), Self.rules()).findings.count
                == 1
        )
        let long: JSONValue = [.string("X: " + String(repeating: "x", count: 8200))]
        #expect(
            SubscriptionForm.reading(try Self.changed(["channel", "header"], to: long), Self.rules()).findings.count
                == 1
        )
    }
}
