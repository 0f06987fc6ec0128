import Deliveries
import Events
import Feeds
import Foundation
import HeraldTestKit
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import Testing
import Vaccination

/// Lanes that leave by mailbox (`mesh.md` §§8-11).
@Suite(.herald, .timeLimit(.minutes(1))) struct PostCourierTests {
    @Test("each event becomes one letter, posted in order; what it says is nowhere in plain")
    func postsInOrder() async throws {
        let subscription = Self.lane("MAILBOX1")
        try await CourierWorld.with([subscription], events: 20) { store, pool in
            let office = ScriptedOffice()
            try await running([Self.courier(store, office)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(office.posts.map(\.letter.fileName) == (1...20).map { "\($0).xml" })
            #expect(
                office.posts.allSatisfy { $0.letter.subject == "for JANE DOE" && $0.letter.recipient == "MAILBOX1" }
            )
            #expect(Set(office.posts.map(\.letter.localID)).count == 20)
            #expect(
                try await pool.count(
                    "SELECT count(*) FROM letter WHERE state = 'accepted' AND message_id LIKE 'M%' AND accepted_at IS NOT NULL"
                ) == 20
            )
            let kept = try await pool.query("SELECT letter::text AS row, sealed FROM letter")
            for row in kept {
                #expect(!(try row.decode("row", as: String.self).contains("JANE")))
                let sealed = try row.decode("sealed", as: [UInt8].self)
                #expect(!String(decoding: sealed, as: UTF8.self).contains("JANE"))
            }
        }
    }

    @Test("M-10, M-11: after an unknown outcome the office is asked for the same letter, byte for byte")
    func asksAfterAnUnknownOutcome() async throws {
        let subscription = Self.lane("MAILBOX1")
        try await CourierWorld.with([subscription], events: 1) { store, pool in
            let office = ScriptedOffice { (_, before) throws(PostError) in
                if before < 3 { throw PostError(.away(httpStatus: nil), "no answer") }
                return PostReceipt(messageID: "M1")
            }
            try await running([Self.courier(store, office)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(office.posts.map(\.isRepeat) == [false, true, true, true])
            #expect(Set(office.posts.map(\.letter)).count == 1)
        }
    }

    @Test("a letter that was accepted before a crash is not sent again")
    func doesNotSendTwice() async throws {
        let subscription = Self.lane("MAILBOX1")
        try await CourierWorld.with([subscription], events: 2) { store, pool in
            let office = ScriptedOffice()
            try await running([Self.courier(store, office)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            // As if the process had ended between the office's answer and the cursor's move.
            try await pool.query("UPDATE lane SET delivered_through = 0")
            try await pool.query("INSERT INTO lane_ready (subscription_id) SELECT subscription_id FROM lane")
            try await running([Self.courier(store, office)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(office.posts.count == 2)
        }
    }

    @Test("an event without a letter leaves its word, and one that waits holds up its own lane only")
    func saysWhyNothingIsSent() async throws {
        let lanes = [Self.lane("MAILBOX1"), Self.lane("MAILBOX2")]
        try await CourierWorld.with(lanes, events: 3) { store, pool in
            let office = ScriptedOffice()
            var writer = PlainWriter()
            writer.decide = { $0.number == 2 ? .nothing("suppressed-own") : nil }
            let waiting = WaitingWriter(writer: writer, mailbox: "MAILBOX2")
            try await running([Self.courier(store, office, waiting)]) {
                try await CourierWorld.waitUntilDelivered(store, [lanes[0]])
                try await eventually {
                    try await store.progress(of: lanes[1].id)?.lastError == "no-mailbox"
                }
            }
            #expect(office.posts.map(\.letter.fileName) == ["1.xml", "3.xml"])
            #expect(try await pool.count("SELECT count(*) FROM letter WHERE reason = 'suppressed-own'") == 1)
            #expect(try await store.progress(of: lanes[1].id)?.deliveredThrough == 0)
            // A word is no failure: the lane goes on for as long as it takes.
            #expect(try await pool.count("SELECT count(*) FROM lane WHERE attempt > 0") == 0)
        }
    }

    @Test("TM-08: a receiver that is unknown is looked up again, not tried blindly")
    func redirects() async throws {
        let subscription = Self.lane("OLD1")
        try await CourierWorld.with([subscription], events: 1) { store, pool in
            let office = ScriptedOffice { (post, _) throws(PostError) in
                guard post.letter.recipient == "NEW1" else { throw PostError(.unknownRecipient, "417") }
                return PostReceipt(messageID: "M1")
            }
            try await running([Self.courier(store, office, PlainWriter(redirection: .to(mailbox: "NEW1")))]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            #expect(office.posts.map(\.letter.recipient) == ["OLD1", "NEW1"])
            #expect(Set(office.posts.map(\.letter.body)).count == 1)
        }
    }

    @Test("a letter that is refused parks its lane at once, and no other")
    func parksARefusedLetter() async throws {
        let lanes = [Self.lane("BAD1"), Self.lane("GOOD1")]
        try await CourierWorld.with(lanes, events: 2) { store, pool in
            let office = ScriptedOffice { (post, before) throws(PostError) in
                if post.letter.recipient == "BAD1" { throw PostError(.refused(httpStatus: 400), "400 06") }
                return PostReceipt(messageID: "M\(before)")
            }
            try await running([Self.courier(store, office)]) {
                try await CourierWorld.waitUntilDelivered(store, [lanes[1]])
                try await eventually { try await store.progress(of: lanes[0].id)?.hold == .parked }
            }
            #expect(office.posts.count { $0.letter.recipient == "BAD1" } == 1)
            #expect(try await pool.count("SELECT count(*) FROM letter WHERE reason = '400 06'") == 1)
        }
    }

    @Test("lanes of one mailbox that share a letter send it once")
    func sharesLetters() async throws {
        let lanes = [Self.lane("MAILBOX1"), Self.lane("MAILBOX1")]
        try await CourierWorld.with(lanes, events: 5) { store, pool in
            let office = ScriptedOffice()
            try await running([Self.courier(store, office, PlainWriter(sharesLetters: true))]) {
                try await CourierWorld.waitUntilDelivered(store, lanes)
            }
            #expect(try await pool.count("SELECT count(*) FROM letter") == 5)
            #expect(Set(office.posts.map(\.letter.localID)).count == 5)
        }
    }

    @Test("M-24: a mailbox that is not believed stops everything to the office after a few attempts")
    func stopsWhenNotBelieved() async throws {
        let lanes = (0..<20).map { Self.lane("MAILBOX\($0)") }
        try await CourierWorld.with(lanes, events: 1) { store, pool in
            let office = ScriptedOffice { (_, _) throws(PostError) in throw PostError(.stopped, "403") }
            try await running([Self.courier(store, office, jitter: 1)]) {
                try await eventually {
                    try await pool.count("SELECT count(*) FROM origin_breaker WHERE state = 'open'") == 1
                }
            }
            // Five failures open it; what was on its way then is at most what goes at once.
            #expect(office.posts.count < 20)
        }
    }

    @Test(
        "what comes in for others is kept encrypted and once; a report finds its letter by id, then by local id (M-07)"
    )
    func keepsWhatComesIn() async throws {
        let subscription = Self.lane("MAILBOX1")
        try await CourierWorld.with([subscription], events: 2) { store, pool in
            let office = ScriptedOffice()
            try await running([Self.courier(store, office)]) {
                try await CourierWorld.waitUntilDelivered(store, [subscription])
            }
            let notice = MailboxNotice(id: "IN1", kind: .data, sender: "A81001GP1", workflow: "TEST_ACK", localID: "x")
            for _ in 0..<2 { try await store.keep(notice, in: "X26HERALD1", content: Array("Jane Doe".utf8)) }
            let letters = try await store.unsettled(workflows: ["TEST_ACK"], limit: 10)
            #expect(letters.map(\.body) == [Array("Jane Doe".utf8)])
            #expect(letters.first?.sender == "A81001GP1")
            #expect(try await pool.count("SELECT count(*) FROM incoming_letter WHERE sealed::text LIKE '%Jane%'") == 0)
            try await store.settle(try #require(letters.first), as: "read")
            #expect(try await store.unsettled(workflows: ["TEST_ACK"], limit: 10).isEmpty)

            let first = office.posts[0].letter.localID
            let second = office.posts[1].letter.localID
            let byID = MailboxReport(messageID: "M1", localID: second, code: "14", text: "not collected")
            #expect(try await store.take(byID, Self.report("R1"), in: "X26HERALD1") == first)
            let byLocalID = MailboxReport(messageID: nil, localID: second, code: "14", text: "not collected")
            #expect(try await store.take(byLocalID, Self.report("R2"), in: "X26HERALD1") == second)
            #expect(try await pool.count("SELECT count(*) FROM letter WHERE state = 'undelivered'") == 2)
        }
    }

    private static func report(_ id: String) -> MailboxNotice {
        MailboxNotice(
            id: id,
            kind: .report(MailboxReport(messageID: nil, localID: nil, code: "14", text: "")),
            sender: nil,
            workflow: "TEST"
        )
    }

    private static func lane(_ mailbox: String) -> Subscription {
        .sample(.subscriber, channel: .mesh, endpoint: "mesh:\(mailbox)")
    }

    private static func courier<Store: LaneStore & LetterStore & BreakerStore>(
        _ store: Store,
        _ office: ScriptedOffice,
        _ writer: any LetterWriter = PlainWriter(),
        jitter: Double = 0.002
    ) -> PostCourier<Store, ScriptedOffice> {
        var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
        configuration.idlePause = .milliseconds(20)
        configuration.breakerInterval = .milliseconds(50)
        return PostCourier(
            store: store,
            office: office,
            writers: [.subscriber: writer],
            configuration: configuration,
            environment: CourierEnvironment(jitter: { jitter }),
            owner: UUID(),
            logger: .silent
        )
    }
}

/// A writer that waits for one mailbox's lanes.
private struct WaitingWriter: LetterWriter {
    let writer: PlainWriter
    let mailbox: String

    func letters(for event: LaneEvent, of claim: LaneClaim) async throws -> LetterDecision {
        claim.subscription.endpoint == "mesh:\(mailbox)"
            ? .wait("no-mailbox", .seconds(24 * 3600)) : try await writer.letters(for: event, of: claim)
    }
}
