import Deliveries
import Events
import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Messages
import Operations
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

/// From a practice's answer in the mailbox to what follows from it (`gp-digital-medicine.md` §9).
@Suite(.herald, .timeLimit(.minutes(2))) struct PracticeAnswerTests {
    @Test(
        "TG-07: whatever the order, twice or once, a document that was received and filed is filed",
        arguments: [["20013", "30001"], ["30001", "20013"], ["20013", "20013", "30001", "30001"]]
    )
    func anyOrder(_ codes: [String]) async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            for code in codes { try await world.answer(document, code) }
            #expect(try await world.store.documentCounts() == ["filed": 1])
            #expect(try await world.outcomes().count == codes.count)
        }
    }

    @Test("TG-07: an answer that comes before the post's own response was stored counts all the same")
    func beforeTheResponse() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            try await world.pool.query("UPDATE letter SET state = 'waiting', accepted_at = NULL, message_id = NULL")
            try await world.answer(document, "20013")
            #expect(try await world.store.documentCounts() == ["received": 1])
        }
    }

    @Test("TG-06: 30003, and the patient has another practice now: it gets the record as new, the first stays refused")
    func patientElsewhere() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            try await world.register(at: "B82002")
            try await world.answer(document, "30003", isPositive: false)
            #expect(try await world.store.askForPractices(limit: 10, at: Date()).released == 1)
            try await world.post()
            let second = try world.documents(to: "B82002GP1")
            #expect(second.count == 1)
            #expect(second.first?.replaces == nil)
            #expect(second.first?.messageID != document.messageID)
            #expect(try world.documents(to: "A81001GP1").count == 1)
            let refused = try await world.store.documents(in: PracticeDocumentState.needingPerson, limit: 10)
            #expect(refused.map(\.code) == ["30003"])
            #expect(refused.map(\.practice) == ["A81001"])
        }
    }

    @Test("30002 from the practice that the directory still has: nothing is sent again, a person has to look")
    func patientStillThere() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            try await world.answer(document, "30002", isPositive: false)
            #expect(try await world.store.askForPractices(limit: 10, at: Date()).released == 0)
            #expect(try await world.store.waitingRecords().isEmpty)
            #expect(try await world.store.documents(in: ["refused"], limit: 10).count == 1)
        }
    }

    @Test("G-31: after 20014 the next document goes out as new, and the pair that was broken is part of no chain")
    func brokenChain() async throws {
        try await PracticeWorld.with { world in
            _ = try await world.sendOne()
            try await world.apply(SampleFeed.Row("id-0", "update", [.batchNumber: "OTHER"]))
            try await world.post()
            let documents = try world.documents
            #expect(documents[1].replaces == documents[0].composition)
            try await world.answer(documents[1], "20014", isPositive: false)
            try await world.apply(SampleFeed.Row("id-0", "update", [.batchNumber: "THIRD"]))
            try await world.post()
            let third = try #require(try world.documents.last)
            #expect(third.replaces == nil)
            #expect(third.version == "3")
        }
    }

    @Test("G-20: a document relates to the last one that was not refused")
    func refusedIsSkipped() async throws {
        try await PracticeWorld.with { world in
            let first = try await world.sendOne()
            try await world.apply(SampleFeed.Row("id-0", "update", [.batchNumber: "OTHER"]))
            try await world.post()
            let second = try #require(try world.documents.last)
            try await world.answer(second, "20009", isPositive: false)
            try await world.apply(SampleFeed.Row("id-0", "update", [.batchNumber: "THIRD"]))
            try await world.post()
            #expect(try world.documents.last?.replaces == first.composition)
        }
    }

    @Test("G-26: an answer from another mailbox than the document went to is filed and not applied")
    func otherMailbox() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            try await world.answer(document, "30003", isPositive: false, from: "B82002GP1")
            #expect(try await world.outcomes() == ["other-mailbox"])
            #expect(try await world.store.documentCounts() == ["accepted": 1])
        }
    }

    @Test("G-27: an answer to nobody knows what, and one that is none, are settled and change nothing")
    func unreadable() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            try await world.answer(document, "10009", isPositive: false, to: "UNREADABLE-IN-ORIGINAL-MESSAGE")
            try await world.answer(document, "20013", to: UUID().uuidString.lowercased())
            try await world.take(Array("<html/>".utf8), from: "A81001GP1")
            #expect(try await world.outcomes() == ["unknown-message", "unreadable", "unreadable-message"])
            #expect(try await world.store.documentCounts() == ["accepted": 1])
        }
    }

    @Test("G-28: a business answer that wants an answer gets 20013 back, by the same workflow, once")
    func answersAnswers() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            let posted = world.office.posts.count
            try await world.answer(document, "30001", wantsAnswer: true)
            let replies = world.office.posts.dropFirst(posted)
            #expect(replies.count == 1)
            let reply = try #require(replies.first)
            #expect(reply.letter.recipient == "A81001GP1")
            #expect(reply.letter.workflow == "DIGMED_FLU_VAC_ACK")
            #expect(reply.isRepeat, "after a crash it must not go twice")
            #expect(try ITKAnswer(reading: reply.letter.body).code == .success)
        }
    }

    @Test("20012: nothing more goes to a practice that does not accept the sender, until a person resumes it")
    func stopsTheLane() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            try await world.answer(document, "20012", isPositive: false)
            let held = try await world.store.allProgress().compactMap(\.hold)
            #expect(held == [.paused(by: "herald", reason: "the practice does not accept the sender")])
        }
    }

    @Test("G-32: a practice that says nothing for a day, or has a message for a week without a word, is shown")
    func silence() async throws {
        try await PracticeWorld.with { world in
            let document = try await world.sendOne()
            #expect(try await world.store.documentCounts() == ["accepted": 1])
            try await world.pool.query("UPDATE letter SET accepted_at = now() - interval '25 hours'")
            #expect(try await world.store.documents(in: ["silent"], limit: 10).map(\.practice) == ["A81001"])
            try await world.answer(document, "20013")
            #expect(try await world.store.documentCounts() == ["received": 1])
            try await world.pool.query("UPDATE gp_document SET answered_at = now() - interval '8 days'")
            #expect(try await world.store.documents(in: ["no-business-answer"], limit: 10).count == 1)
        }
    }
}

extension PracticeWorld {
    /// Sends the document of one new record.
    fileprivate func sendOne() async throws -> SentDocument {
        try await apply(SampleFeed.Row("id-0", "new"))
        try await post()
        return try #require(try documents.last)
    }

    /// Has the practice answer.
    fileprivate func answer(
        _ document: SentDocument,
        _ digits: String,
        isPositive: Bool = true,
        to message: String? = nil,
        from mailbox: String = "A81001GP1",
        wantsAnswer: Bool = false
    ) async throws {
        let composer = AnswerComposer(sender: DocumentSender(odsCode: "A81001", mailbox: mailbox))
        let code = try #require(ITKResponseCode(digits))
        let answer = composer.answer(code, toMessage: message ?? document.messageID, nil, at: Date())
        var text = String(decoding: try STU3XMLWriter.document(of: answer), as: UTF8.self)
        if !isPositive { text = text.replacing(#"<code value="ok"/>"#, with: #"<code value="fatal-error"/>"#) }
        if wantsAnswer { text = text.replacing(#"valueBoolean value="false""#, with: #"valueBoolean value="true""#) }
        try await take(Array(text.utf8), from: mailbox)
    }

    /// Has a message come in and be read.
    fileprivate func take(_ body: [UInt8], from mailbox: String) async throws {
        let notice = MailboxNotice(
            id: UUID().uuidString,
            kind: .data,
            sender: mailbox,
            workflow: settings.workflow + "_ACK"
        )
        try await store.keep(notice, in: "X26HERALD1", content: body)
        let reader = AnswerReader(
            store: store,
            office: office,
            workflow: settings.workflow + "_ACK",
            sender: settings.sender,
            logger: logger
        )
        #expect(try await reader.readSome() == 1)
        #expect(try await reader.readSome() == 0)
    }

    /// What the answers came to, in alphabetical order.
    fileprivate func outcomes() async throws -> [String] {
        try await pool.query("SELECT outcome FROM incoming_letter ORDER BY outcome")
            .map { try $0.decode("outcome", as: String.self) }
    }
}
