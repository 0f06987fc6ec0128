import Deliveries
import Events
import FHIR
import Foundation
import Messages
import Subscriptions
import Testing
import Vaccination

/// What a mailbox is told of an event (`nems.md` §4.6, §6).
@Suite struct NationalEventWriterTests {
    private struct Matches: NationalEventStore {
        var matches: [MailboxMatch]

        func mailboxMatches(ofEvent number: Int64, of subscription: Subscription) -> [MailboxMatch] { matches }
        func organisationName(_ odsCode: String) -> String? { odsCode == "RVVKC" ? "KENT HOSPITAL" : nil }
        func isTraced(_ nhsNumber: String) -> Bool { false }
    }

    private static let committed = Date(timeIntervalSince1970: 1_760_000_000)

    private static func match(
        _ number: Int,
        tag: String?,
        _ shape: EventShape,
        after: TimeInterval = -1
    ) -> MailboxMatch {
        MailboxMatch(
            subscription: SubscriptionID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(number)))),
            tag: tag,
            shape: shape,
            createdAt: committed.addingTimeInterval(after)
        )
    }

    private static func record(_ lot: String, without member: String? = nil) -> [UInt8] {
        var resource: JSONObject = JSONObject()
        resource["resourceType"] = "Immunization"
        resource["contained"] = [
            [
                "resourceType": "Patient", "id": "P", "name": [["family": "HERALDTEST"]], "birthDate": "2020-01-01",
                "identifier": [["system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"]],
            ]
        ]
        resource["extension"] = [
            [
                "url": .string(FHIRExtension.vaccinationProcedure),
                "valueCodeableConcept": ["coding": [["system": "http://snomed.info/sct", "code": "822851000000102"]]],
            ]
        ]
        resource["identifier"] = [["system": "s", "value": "v"]]
        resource["status"] = "completed"
        resource["occurrenceDateTime"] = "2025-10-09"
        resource["primarySource"] = true
        resource["lotNumber"] = .string(lot)
        resource["performer"] = [
            ["actor": ["identifier": ["system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RVVKC"]]]
        ]
        if let member { resource[member] = nil }
        return JSONValue.object(resource).bytes
    }

    private static func letter(
        _ matches: [MailboxMatch],
        kind: EventKind = .corrected,
        resource: [UInt8] = record("now"),
        movedFrom: [UInt8]? = nil,
        claimed: Int = 1
    ) async throws -> LetterDecision {
        let subscription = Subscription(
            id: match(claimed, tag: nil, .put).subscription,
            audience: .nems,
            channel: .mesh,
            reason: "a test",
            client: "chis",
            filter: SubscriptionFilter(patients: Set([NHSNumber("9990000018")].compactMap(\.self))),
            endpoint: Subscription.endpoint(mailbox: "M1"),
            createdAt: committed
        )
        let event = LaneEvent(
            number: 1,
            shape: .put,
            kind: kind,
            recordID: RecordID(RecordIdentifier(system: "s", value: "v")),
            version: 2,
            committedAt: committed,
            identifier: RecordIdentifier(system: "s", value: "v"),
            vaccineType: "FLU",
            resource: resource,
            movedFrom: movedFrom.map { .init(vaccineType: "FLU", resource: $0) }
        )
        let claim = LaneClaim(subscription: subscription, origin: "", epoch: 1, deliveredThrough: 0, work: nil)
        let writer = NationalEventWriter(
            store: Matches(matches: matches),
            sender: EventSender(asid: "918999198999", contact: "01234 567890")
        )
        return try await writer.letters(for: event, of: claim)
    }

    private static func only(_ decision: LetterDecision) throws -> (letter: Letter, text: String) {
        guard case .send(let letters) = decision, letters.count == 1 else { throw TestFault() }
        return (letters[0], String(decoding: letters[0].body, as: UTF8.self))
    }

    private struct TestFault: Error {}

    // §6 point 2: those with a tag; those that the record left are not named while others have it in view.
    @Test func theTagsOfAllMatchesAreNamed() async throws {
        let found = try Self.only(
            await Self.letter([
                Self.match(1, tag: "a|b", .put), Self.match(2, tag: nil, .put), Self.match(3, tag: "c", .post),
                Self.match(4, tag: "gone", .delete),
            ])
        )
        let zeros = String(repeating: "0", count: 31)
        #expect(found.letter.partnerID == "\(zeros)1|a|b~~~\(zeros)3|c")
        #expect(found.letter.recipient == "M1")
        #expect(found.letter.workflow == "VACCINATIONS_1")
        #expect(found.text.contains("<code value=\"update\"/>"))
        #expect(found.text.contains("KENT HOSPITAL"))
        #expect(found.text.contains("<contact><system value=\"phone\"/>"))
    }

    @Test func withoutAnyTagNothingIsNamed() async throws {
        #expect(try Self.only(await Self.letter([Self.match(1, tag: nil, .put)])).letter.partnerID == nil)
    }

    // §5.4: `new` is for records that are new to the publisher, whoever hears of them for the first time.
    @Test(arguments: [
        (EventKind.recorded, EventShape.post, "new"), (.corrected, .post, "update"), (.removed, .delete, "delete"),
    ])
    func theTypeIsThatOfTheChange(_ kind: EventKind, _ shape: EventShape, _ type: String) async throws {
        let found = try Self.only(await Self.letter([Self.match(1, tag: nil, shape)], kind: kind))
        #expect(found.text.contains("MessageEventType-1\"/><code value=\"\(type)\"/>"))
        #expect(found.text.contains("<status value=\"\(type == "delete" ? "entered-in-error" : "completed")\"/>"))
    }

    /// A correction that takes the record out of everybody's view in the mailbox: what they hold is deleted.
    @Test func aRecordThatLeftTheMailboxIsDeletedThere() async throws {
        let found = try Self.only(
            await Self.letter([Self.match(1, tag: "t", .delete)], movedFrom: Self.record("before"))
        )
        #expect(found.text.contains("<code value=\"delete\"/>"))
        #expect(found.text.contains("<lotNumber value=\"before\"/>"))
        #expect(found.letter.partnerID?.hasSuffix("|t") == true)
    }

    /// §4.5: a client that is no longer entitled hears nothing, and misses nothing should it be entitled again.
    @Test func whoIsNotEntitledAnyMoreWaits() async throws {
        let decision = try await Self.letter([Self.match(1, tag: nil, .put)], claimed: 2)
        #expect(decision == .wait("not-entitled", .seconds(3600)))
    }

    // §6 point 3: one copy for the mailbox; the lane of the oldest match sends it, the others wait until it has.
    @Test func theOldestOfTheMailboxSendsForAll() async throws {
        var first = Self.match(1, tag: nil, .put)
        let second = Self.match(2, tag: nil, .put)
        #expect(try await Self.letter([first, second], claimed: 2) == .wait("sent-once", .seconds(1)))
        _ = try Self.only(await Self.letter([first, second], claimed: 1))
        first.isDone = true
        #expect(try await Self.letter([first, second], claimed: 2) == .nothing("sent-once"))
        // The first was deleted meanwhile.
        _ = try Self.only(await Self.letter([second], claimed: 2))
    }

    // §4.6 step 3
    @Test func step3_whatHappenedBeforeTheSubscriptionIsNotSent() async throws {
        let decision = try await Self.letter([Self.match(1, tag: nil, .post, after: 1)])
        #expect(decision == .nothing("older-than-subscription"))
    }

    @Test func aRecordThatLacksWhatAMessageNeedsStopsNobody() async throws {
        let decision = try await Self.letter(
            [Self.match(1, tag: nil, .put)],
            resource: Self.record("x", without: "extension")
        )
        #expect(decision == .nothing("record-incomplete"))
    }
}
