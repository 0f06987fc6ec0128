import Access
import Events
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import MESH
import Messages
import NIOCore
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@testable import WebAPI
@testable import herald

/// National events from a subscription over HTTP to mailboxes of a real MESH server (`nems.md` §4.6, §6).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(4)))
struct EventDeliveryTests {
    private static let open = "9990000018"
    private static let sensitive = "9990000026"
    private static let area =
        "/Bundle?type=message&subscriptionRuleType=CHO_POSTCODE_CCG&Organization.identifier=15F"
        + "&MessageHeader.event=vaccinations-1&Patient.age=lt20"
    private static let country =
        "/Bundle?type=message&subscriptionRuleType=COUNTRYCODE&Organization.identifier=E92000001"
        + "&MessageHeader.event=vaccinations-1"

    /// A hub that sends, a child without a practice in the area 15F, and another whose record is flagged.
    private static func with(_ body: (HubFixture, MESHSandbox, [MESHClient]) async throws -> Void) async throws {
        let sandbox = try await MESHSandbox.shared()
        let own = sandbox.client(for: try sandbox.makeMailbox())
        let receivers = try (0..<2).map { _ in sandbox.client(for: try sandbox.makeMailbox()) }
        try await HubFixture.with { configuration in
            configuration.mesh = MESHSettings(client: own.configuration)
            configuration.nationalEvents = EventSender(asid: "918999198999", contact: "events@example.nhs.uk")
        } _: { hub in
            _ = try await hub.bearer(client: "chis")
            try await hub.hub.store.update(#require(ClientID("chis")), by: "test") { client in
                client.eventRights.kinds = [.generic, .explicit]
                client.eventRights.events = ["VACCINATIONS_1"]
                for receiver in receivers { client.eventRights.mailboxes[receiver.mailbox.text] = "RY6" }
            }
            try await hub.hub.pool.query(
                "INSERT INTO postcode_place (prefix, sub_location, country) VALUES ('LS8', '15F', 'E92000001')"
            )
            try await hub.hub.pool.query(
                """
                INSERT INTO patient (nhs_number, practice, birth_date, postcode, flag)
                VALUES (\(open), NULL, current_date - 1000, 'LS8 4ED', NULL),
                    (\(sensitive), NULL, current_date - 1000, 'LS8 4ED', 'S')
                """
            )
            try await body(hub, sandbox, receivers)
        }
    }

    private static func subscribe(_ hub: HubFixture, _ criteria: String, _ receiver: MESHClient) async throws -> String
    {
        let answer = try await hub.send(
            .post,
            "/STU3/Subscription",
            authorization: try await hub.bearer("system/Subscription.c", client: "chis"),
            headers: [.accept: "application/fhir+json", .contentType: "application/fhir+json"],
            body: EventSubscriptionTests.resource(criteria, mailbox: receiver.mailbox.text).bytes
        )
        #expect(answer.status == .created, "\(String(buffer: answer.body))")
        return try #require(answer.headers[.location]?.split(separator: "/").last.map(String.init))
    }

    /// A record of a child, whose age its own birth date says.
    private static func record(_ value: String, _ number: String, lot: String = "L1") -> JSONValue {
        let day = FHIRInstant(Date(timeIntervalSinceNow: -1000 * 86_400)).description.prefix(10)
        let text = String(decoding: SampleImmunization.make(value, nhsNumber: number).bytes, as: UTF8.self)
            .replacing("1965-02-28", with: day)
        var resource = (try? JSONValue(parsing: Array(text.utf8)))?.object ?? JSONObject()
        resource["lotNumber"] = .string(lot)
        return .object(resource)
    }

    private static func received(_ receiver: MESHClient) async throws -> [(headers: MessageHeaders, bundle: JSONValue)]
    {
        var found: [(headers: MessageHeaders, bundle: JSONValue)] = []
        for id in try await receiver.inbox().messages {
            let message = try await receiver.download(id)
            var bytes: [UInt8] = []
            for try await piece in message.content { bytes += piece }
            found.append((message.headers, try STU3XMLReader.resource(in: bytes)))
        }
        return found
    }

    private static func entry(_ type: String, _ bundle: JSONValue) -> JSONValue? {
        bundle["entry"]?.array?.lazy.compactMap { $0["resource"] }.first { $0["resourceType"]?.string == type }
    }

    private static func type(_ bundle: JSONValue) -> String? {
        entry("MessageHeader", bundle)?["extension"]?.array?.compactMap {
            $0["valueCodeableConcept"]?["coding"]?[0]?["code"]
        }
        .first?.string
    }

    // §4.6 steps 2 to 8, §6 points 1 to 3: new, update and delete reach each mailbox once, whatever matched, with the tags of
    // those that have one; a child without a practice is heard of, one whose record is flagged is not.
    @Test func eachMailboxHearsOnceOfNewUpdateAndDelete() async throws {
        try await Self.with { hub, sandbox, receivers in
            let first = try await Self.subscribe(hub, Self.area + "&tag=pc", receivers[0])
            let second = try await Self.subscribe(hub, Self.country + "&tag=a|b", receivers[0])
            _ = try await Self.subscribe(hub, Self.area.replacing("lt20", with: "lt2"), receivers[0])
            _ = try await Self.subscribe(hub, Self.country, receivers[1])
            try await running(hub.hub.services(mesh: sandbox.http)) {
                let bearer = try await hub.bearer()
                #expect(try await hub.create(Self.record("S-1", Self.sensitive), bearer).status == .created)
                #expect(try await hub.create(Self.record("O-1", Self.open), bearer).status == .created)
                let id = SampleImmunization.id("O-1").description
                var changed = Self.record("O-1", Self.open, lot: "L2").object ?? JSONObject()
                changed["id"] = .string(id)
                #expect(try await hub.update(id, .object(changed), bearer, at: "1").status == .ok)
                let deleted = try await hub.send(.delete, "\(HubFixture.records)/\(id)", authorization: bearer)
                #expect(deleted.status == .noContent)
                try await eventually(within: .seconds(60), "all lanes are drained") {
                    try await hub.hub.pool.count(
                        """
                        SELECT count(*) FROM lane l JOIN subscription_head h USING (subscription_id)
                            JOIN subscription s ON s.id = h.subscription_id
                        WHERE s.audience = 'nems' AND h.last_number = 3 AND l.delivered_through = 3
                        """
                    ) == 3
                }
            }
            for (number, receiver) in receivers.enumerated() {
                let messages = try await Self.received(receiver)
                #expect(messages.map { Self.type($0.bundle) } == ["new", "update", "delete"])
                #expect(messages.allSatisfy { $0.headers.workflow == "VACCINATIONS_1" && $0.headers.isData })
                let tags = number == 0 ? "\(first)|pc~~~\(second)|a|b" : nil
                #expect(messages.allSatisfy { $0.headers.partnerID == tags })
                let records = messages.compactMap { Self.entry("Immunization", $0.bundle) }
                #expect(records.map { $0["lotNumber"] } == ["L1", "L2", "L2"])
                #expect(records.map { $0["status"] } == ["completed", "completed", "entered-in-error"])
                #expect(records.allSatisfy { $0["identifier"]?[0]?["value"] == "O-1" })
                let stamps = messages.compactMap {
                    Self.entry("MessageHeader", $0.bundle)?.at("meta", "lastUpdated")?.string
                }
                #expect(stamps == stamps.sorted())
                #expect(Set(stamps).count == 3)
            }
        }
    }
}
