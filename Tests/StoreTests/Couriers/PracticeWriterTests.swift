import Deliveries
import Events
import FHIR
import Feeds
import Foundation
import HeraldTestKit
import Logging
import Messages
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import Synchronization
import Testing
import Vaccination

/// From a row of a feed to the practice's mailbox (`gp-digital-medicine.md`).
@Suite(.herald, .timeLimit(.minutes(2))) struct PracticeWriterTests {
    @Test("TG-04: new, update and delete of one record are a chain of three, versions 1 to 3 (G-20, G-04)")
    func chainOfThree() async throws {
        try await PracticeWorld.with { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.apply(SampleFeed.Row("id-0", "update", [.batchNumber: "OTHER"]))
            try await world.apply(SampleFeed.Row("id-0", "delete"))
            try await world.post()
            let documents = try world.documents
            #expect(documents.map(\.version) == ["1", "2", "3"])
            #expect(documents.map(\.status) == ["final", "final", "entered-in-error"])
            #expect(documents.map(\.replaces) == [nil, documents[0].composition, documents[1].composition])
            #expect(Set(documents.map(\.messageID)).count == 3)
            let letters = world.office.posts.map(\.letter)
            #expect(letters.allSatisfy { $0.recipient == "A81001GP1" && $0.workflow == "DIGMED_FLU_VAC" })
            #expect(letters.allSatisfy { $0.contentType == "application/fhir+xml" })
            for (letter, document) in zip(letters, documents) {
                #expect(letter.localID == "X26_\(document.messageID)")
                #expect(letter.fileName == "\(document.messageID).xml")
            }
        }
    }

    @Test("G-22: a deletion is withdrawn once, reinstatement replaces it, and nobody hears of what nobody holds")
    func reinstatement() async throws {
        try await PracticeWorld.with { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.apply(SampleFeed.Row("id-0", "delete"))
            try await world.apply(SampleFeed.Row("id-0", "update"))
            try await world.post()
            let documents = try world.documents
            #expect(documents.map(\.status) == ["final", "entered-in-error", "final"])
            #expect(documents[2].replaces == documents[1].composition)
        }
    }

    @Test(
        "TG-05: an update after a move is new for the new practice, without relatesTo; a deletion goes to both (G-21, G-22)"
    )
    func move() async throws {
        try await PracticeWorld.with { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.register(at: "B82002")
            try await world.apply(SampleFeed.Row("id-0", "update", [.batchNumber: "OTHER"]))
            try await world.apply(SampleFeed.Row("id-0", "delete"))
            try await world.post()
            let old = try world.documents(to: "A81001GP1")
            let new = try world.documents(to: "B82002GP1")
            #expect(old.map(\.status) == ["final", "entered-in-error"])
            #expect(old.map(\.version) == ["1", "2"])
            #expect(old[1].replaces == old[0].composition)
            #expect(new.map(\.status) == ["final", "entered-in-error"])
            #expect(new[0].replaces == nil)
            #expect(new[1].replaces == new[0].composition)
            #expect(try await world.reasons() == ["moved-away"])
        }
    }

    @Test("a practice that never had a document is not told of its deletion (nothing-to-delete)")
    func nothingToDelete() async throws {
        try await PracticeWorld.with { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.register(at: "B82002")
            try await world.apply(SampleFeed.Row("id-0", "delete"))
            try await world.post()
            #expect(try world.documents(to: "A81001GP1").map(\.status) == ["final", "entered-in-error"])
            #expect(try world.documents(to: "B82002GP1").isEmpty)
            #expect(try await world.reasons() == ["nothing-to-delete"])
        }
    }

    @Test(
        "G-23: a record that becomes another patient's is withdrawn from the old one's practice and new at the new one's"
    )
    func identityChange() async throws {
        try await PracticeWorld.with { world in
            let other = world.otherNumber
            try await world.register(other, at: "B82002")
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.apply(SampleFeed.Row("id-0", "update", [.nhsNumber: other.digits]))
            try await world.post()
            let old = try world.documents(to: "A81001GP1")
            #expect(old.map(\.status) == ["final", "entered-in-error"])
            #expect(old.map(\.patient) == [world.number.digits, world.number.digits])
            let new = try world.documents(to: "B82002GP1")
            #expect(new.map(\.patient) == [other.digits])
            #expect(new.map(\.replaces) == [nil])
        }
    }

    @Test("G-23: both patients at one practice: the old one's document goes, the new one's replaces none")
    func identityChangeInOnePractice() async throws {
        try await PracticeWorld.with { world in
            let other = world.otherNumber
            try await world.register(other, at: "A81001")
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.apply(SampleFeed.Row("id-0", "update", [.nhsNumber: other.digits]))
            try await world.apply(SampleFeed.Row("id-0", "update", [.nhsNumber: other.digits, .batchNumber: "B"]))
            try await world.post()
            let documents = try world.documents
            #expect(documents.map(\.status) == ["final", "entered-in-error", "final", "final"])
            #expect(documents.map(\.patient) == [world.number, world.number, other, other].map(\.digits))
            #expect(
                documents.map(\.replaces) == [nil, documents[0].composition, nil, documents[2].composition]
            )
        }
    }

    @Test("G-01, G-02: types that are off and a practice's own vaccinations are not sent, and it is said why")
    func suppression() async throws {
        var settings = PracticeWorld.settings
        settings.types = ["COVID"]
        try await PracticeWorld.with(settings) { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.apply(SampleFeed.Row("id-1", "new", [.siteCode: "A81001"]), type: "COVID")
            try await world.post()
            #expect(world.office.posts.isEmpty)
            #expect(try await world.reasons() == ["suppressed-own", "type-off"])
        }
    }

    @Test("G-03, §10, G-06: JSON, a plain subject and a reference to the record, where configured")
    func settings() async throws {
        var settings = PracticeWorld.settings
        settings.format = .json
        settings.hasPlainSubject = true
        settings.namesRecord = true
        try await PracticeWorld.with(settings) { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.post()
            let letter = try #require(world.office.posts.first?.letter)
            #expect(letter.contentType == "application/fhir+json")
            #expect(letter.subject == "Seasonal Influenza Vaccination Record, version 1")
            #expect(try JSONValue(parsing: letter.body)["type"]?.string == "message")
            #expect(String(decoding: letter.body, as: UTF8.self).contains("\(SampleFeed.recordID("id-0")).v1"))
        }
    }

    @Test("TG-08: after an unknown outcome the same bytes are asked for, and no second MessageHeader is made")
    func unknownOutcome() async throws {
        try await PracticeWorld.with(answer: { (_, before) throws(PostError) in
            if before < 2 { throw PostError(.away(httpStatus: 504), "no answer") }
            return PostReceipt(messageID: "M1")
        }) { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.post()
            #expect(world.office.posts.map(\.isRepeat) == [false, true, true])
            #expect(Set(world.office.posts.map(\.letter)).count == 1)
        }
    }

    @Test("TG-13: a crash after each write loses nothing and makes no second MessageHeader.id for one document")
    func crashes() async throws {
        try await PracticeWorld.with { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.post()
            // After the document was filed, before its letter was kept: nobody has seen its identifiers.
            try await world.pool.query("DELETE FROM letter")
            try await world.rewind()
            try await world.post()
            #expect(try await world.pool.count("SELECT count(*) FROM gp_document") == 1)
            let sent = world.office.posts.count
            // After the letter was accepted, before the lane moved on.
            try await world.rewind()
            try await world.post()
            #expect(world.office.posts.count == sent)
            // After the letter was kept, before it was attempted.
            try await world.pool.query("UPDATE letter SET state = 'waiting', attempts = 0, accepted_at = NULL")
            try await world.rewind()
            try await world.post()
            #expect(world.office.posts.suffix(2).map(\.letter.body).count == 2)
            #expect(Set(world.office.posts.suffix(2).map(\.letter)).count == 1)
            #expect(try await world.pool.count("SELECT count(*) FROM gp_document") == 1)
        }
    }

    @Test(
        "G-40, G-41: a mailbox is looked up once a day; none parks the lane with its word, and it is sent when there is one"
    )
    func lookUp() async throws {
        try await PracticeWorld.with(endpoint: "mesh:") { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await running([world.courier]) {
                try await eventually { try await world.lastError() == "no-mailbox" }
                #expect(world.office.posts.isEmpty)
                world.office.set(["A81001GP1", "A81001GP2"], for: "A81001")
                try await world.pool.query("UPDATE lane SET next_attempt_at = now()")
                try await eventually { try await world.lastError() == "several-mailboxes" }
                world.office.set(["A81001GP1"], for: "A81001")
                try await world.pool.query("UPDATE lane SET next_attempt_at = now()")
                try await eventually { world.office.posts.count == 1 }
            }
            let asked = world.office.lookUps.count
            try await world.apply(SampleFeed.Row("id-1", "new"))
            try await world.post()
            #expect(world.office.lookUps.count == asked)
            #expect(world.office.lookUps.allSatisfy { $0 == "A81001 DIGMED_FLU_VAC" })
            try await world.pool.query("UPDATE practice_mailbox SET looked_up_at = now() - interval '25 hours'")
            try await world.apply(SampleFeed.Row("id-2", "new"))
            try await world.post()
            #expect(world.office.lookUps.count == asked + 1)
        }
    }

    @Test("TM-08: after 417 the mailbox is looked up again, and the same document goes to the new one")
    func lookUpAfter417() async throws {
        try await PracticeWorld.with(
            endpoint: "mesh:",
            answer: { (post, _) throws(PostError) in
                guard post.letter.recipient == "NEW1" else { throw PostError(.unknownRecipient, "417") }
                return PostReceipt(messageID: "M1")
            }
        ) { world in
            world.office.set(["NEW1"], for: "A81001")
            try await world.store.keep(mailbox: "OLD1", of: "A81001", for: "DIGMED_FLU_VAC")
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.post()
            #expect(world.office.posts.map(\.letter.recipient) == ["OLD1", "NEW1"])
            #expect(Set(world.office.posts.map(\.letter.body)).count == 1)
        }
    }

    @Test("TG-10: report 14 twice is one re-send, byte for byte under .r1, and then an operator's (G-32, G-33)")
    func resend() async throws {
        try await PracticeWorld.with(endpoint: "mesh:") { world in
            world.office.set(["A81001GP1"], for: "A81001")
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.post()
            world.office.set(["A81001GP9"], for: "A81001")
            try await world.report("M1", "R1")
            try await running([world.resender]) {
                try await eventually { world.office.posts.count == 2 }
                try await eventually {
                    try await world.pool.count("SELECT count(*) FROM letter WHERE state = 'accepted'") == 1
                }
                try await world.report("M2", "R2")
                try await eventually {
                    try await world.pool.count("SELECT count(*) FROM letter WHERE state = 'undelivered'") == 1
                }
            }
            let posts = world.office.posts
            #expect(posts.map(\.letter.recipient) == ["A81001GP1", "A81001GP9"])
            #expect(posts[1].letter.localID == posts[0].letter.localID + ".r1")
            #expect(posts[1].letter.body == posts[0].letter.body)
            #expect(posts.count == 2)
        }
    }

    @Test("TG-15: neither logs nor tables in plain name the patient, the subject or the body")
    func saysNothingOfPatients() async throws {
        let log = LinesLog()
        let logger = Logger(label: "test") { _ in LinesLog.Handler(log: log) }
        try await PracticeWorld.with(
            logger: logger,
            answer: { (_, before) throws(PostError) in
                if before == 0 { throw PostError(.away(httpStatus: 503), "503") }
                return PostReceipt(messageID: "M\(before)")
            }
        ) { world in
            try await world.apply(SampleFeed.Row("id-0", "new"))
            try await world.apply(SampleFeed.Row("id-0", "delete"))
            try await world.post()
            #expect(world.office.posts.first?.letter.subject?.contains("9990548609") == true)
            #expect(!log.lines.isEmpty)
            for word in ["9990548609", "Florence", "Sample", "Seasonal"] {
                #expect(!log.lines.contains { $0.contains(word) })
                let found = try await world.pool.count(
                    "SELECT count(*) FROM letter l WHERE l::text LIKE '%' || $1 || '%'",
                    [.text(word)]
                )
                #expect(found == 0)
            }
        }
    }

    @Test("a practice's lane moves from its endpoint to its mailbox with the practices file, and back")
    func changesChannel() async throws {
        try await PracticeWorld.with { world in
            try await world.store.load(practices: [
                Practice(odsCode: "A81001", name: "A", endpoint: "https://gp.example/n")
            ])
            try await world.apply(SampleFeed.Row("id-0", "new"))
            #expect(try await world.pool.count("SELECT count(*) FROM lane_ready WHERE channel = 'rest-hook'") == 1)
            try await world.store.load(practices: [Practice(odsCode: "A81001", name: "A", endpoint: "mesh:A81001GP1")])
            try await world.post()
            #expect(world.office.posts.count == 1)
        }
    }
}
