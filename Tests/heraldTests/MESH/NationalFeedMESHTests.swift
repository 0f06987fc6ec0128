import Crypto
import Deliveries
import Events
import Foundation
import HeraldTestKit
import MESH
import Messages
import Postgres
import ServiceLifecycle
import Store
import Subscriptions
import Testing
import Vaccination

@testable import herald

/// The feed to the National Immunisation Service over a real MESH server, read by the NHS's own client.
@Suite(.herald, .timeLimit(.minutes(2))) struct NationalFeedMESHTests {
    @Test("TN-14, TM-13: the NHS's client reads what the manifest says, chunked and compressed")
    func theNHSClientReadsARun() async throws {
        try await MailboxFixture.with { fixture in
            let consumer = MESHPeer(try fixture.sandbox.makeMailbox(), at: fixture.sandbox)
            let folder = ScratchFolder.make()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await fixture.store.create(.sample(.nis, channel: .feed, endpoint: "mesh:\(consumer.mailbox)"))
            var random = SplitMix(seed: 14)
            let rows = (0..<2500).map { number in
                // Such that it does not compress to nothing, and has several chunks.
                let noise = (0..<14).map { _ in String(random.next(), radix: 36) }.joined()
                return SampleFeed.Row("id-\(number)", "new", [.vaccineProductTerm: noise])
            }
            try await fixture.send(SampleFeed(rows))
            try await fixture.send(SampleFeed([SampleFeed.Row("one")], type: "MMR", number: 1))
            let services = fixture.services + [fixture.router]
            try await running(services) {
                try await eventually(within: .seconds(60), "everything routed") {
                    try await fixture.pool.count("SELECT last_number FROM subscription_head") == 2501
                }
            }
            try await running([try fixture.courier(folder)]) {
                try await eventually(within: .seconds(60), "a run that was accepted") {
                    try await fixture.pool.count("SELECT count(*) FROM feed_run WHERE sent_at IS NOT NULL") == 1
                }
            }
            let posts = try await fixture.sandbox.requests(
                holding: "POST /messageexchange/\(fixture.own.mailbox)/outbox/"
            )
            #expect(!posts.isEmpty, "the file had chunks")

            let messages = try await consumer.receive()
            #expect(
                messages.map(\.localID) == ["X26_D00000001-FLU-001", "X26_D00000001-MMR-001", "X26_D00000001-MANIFEST"]
            )
            #expect(messages.allSatisfy { $0.workflow == "NIS_VACC_FEED" && $0.sender == fixture.own.mailbox.text })
            #expect(messages.map(\.subject) == messages.map(\.fileName))
            let last = try #require(messages.last?.text)
            let manifest = try FeedManifest(parsing: Array(last.utf8), file: "manifest")
            #expect(manifest.files.map(\.sha256) == messages.dropLast().map(\.sha256))
            #expect(manifest.files.map(\.bytes) == messages.dropLast().map(\.bytes))
            #expect(manifest.files.map(\.name) == messages.dropLast().map(\.fileName))
            #expect(manifest.totals.rows == 2501 && manifest.sequence == 1)
            // Nothing but the run's own files stays in the folder.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
        }
    }

    @Test(
        "TN-12: what the NHS's client answers is taken from the mailbox: a received file, a report, a message that is none"
    )
    func answersByMESH() async throws {
        try await MailboxFixture.with { fixture in
            let consumer = MESHPeer(try fixture.sandbox.makeMailbox(), at: fixture.sandbox)
            let folder = ScratchFolder.make()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await fixture.store.create(.sample(.nis, channel: .feed, endpoint: "mesh:\(consumer.mailbox)"))
            try await fixture.send(SampleFeed([SampleFeed.Row("one")]))
            try await running(fixture.services + [fixture.router]) {
                try await eventually(within: .seconds(60), "everything routed") {
                    try await fixture.pool.count("SELECT last_number FROM subscription_head") == 1
                }
            }
            try await running([try fixture.courier(folder)]) {
                try await eventually(within: .seconds(60), "a run that was accepted") {
                    try await fixture.pool.count("SELECT count(*) FROM feed_run WHERE sent_at IS NOT NULL") == 1
                }
            }
            let sent = try await fixture.store.feedFiles(of: 1)
            let infAck = "MESSAGE_HEADER_ID|HEADER_RESPONSE_CODE\r\n5f1|Success\r\n"
            let answer = folder + "/answer"
            try infAck.write(toFile: answer, atomically: true, encoding: .utf8)
            for name in ["\(sent[0].name.dropLast(4))_InfAck_20250201T11050000.csv", "a letter.txt"] {
                try await consumer.send(
                    to: fixture.own.mailbox,
                    file: answer,
                    name: name,
                    workflow: Self.answers
                )
            }
            try await fixture.sandbox.administer(
                "report",
                [
                    "mailbox_id": fixture.own.mailbox.text, "code": "14", "description": "not collected",
                    "workflow_id": "NIS_VACC_FEED", "subject": "", "local_id": sent[1].localID,
                    "status": "undeliverable",
                    "file_name": sent[1].name, "linked_message_id": try #require(sent[1].messageID),
                ]
            )
            let reader = FeedAnswerReader(
                inbox: fixture.store,
                answers: fixture.store,
                workflow: Self.answers,
                pause: .milliseconds(50),
                logger: .silent
            )
            try await running([fixture.intake(postWorkflows: [Self.answers]), reader]) {
                try await eventually(within: .seconds(60), "every answer") {
                    let feed = try await fixture.store.feedOverview(limit: 1, answers: Self.answers)
                    guard let feed, feed.stop == "uncollected", feed.unknownAnswers.count == 1 else { return false }
                    return try await fixture.store.feedFiles(of: 1)[0].answer == "received"
                }
                try await fixture.emptied()
            }
            #expect(try await fixture.store.feedFiles(of: 1).map(\.state) == ["accepted", "undelivered"])
        }
    }

    private static let answers = "NIS_VACC_FEED_ACK"

    @Test("M-11: a post whose answer is lost is asked for at MESH, and the consumer gets one message")
    func lostAnswer() async throws {
        try await MailboxFixture.with { fixture in
            let consumer = MESHPeer(try fixture.sandbox.makeMailbox(), at: fixture.sandbox)
            let folder = ScratchFolder.make()
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            _ = FileManager.default.createFile(atPath: folder + "/a.csv", contents: Data("text".utf8))
            let carrier = MESHFeedCarrier(client: fixture.own, workflow: "NIS_VACC_FEED")
            var message = FeedMessage(
                run: FrozenRun(sequence: 1, from: 1, to: 1, startedAt: Date()),
                localID: "X26_\(UUID().uuidString)",
                name: "a.csv",
                isManifest: false,
                bytes: 4,
                sha256: "00",
                attempts: 0,
                failures: 0
            )
            let first = try await carrier.carry(message, file: folder + "/a.csv", to: consumer.mailbox.text)
            message.attempts = 1
            let again = try await carrier.carry(message, file: folder + "/a.csv", to: consumer.mailbox.text)
            #expect(first.messageID != nil && again == first)
            #expect(try await consumer.receive().map(\.text) == ["text"])
            await #expect {
                try await carrier.carry(message, file: folder + "/none.csv", to: consumer.mailbox.text)
            } throws: {
                ($0 as? FeedCarrierError)?.kind == .refused
            }
            message.attempts = 0
            await #expect {
                try await carrier.carry(message, file: folder + "/a.csv", to: "NOBODY9")
            } throws: {
                ($0 as? FeedCarrierError)?.kind == .stopped
            }
        }
    }
}

extension MailboxFixture {
    /// What routes events to the feed.
    fileprivate var router: any Service {
        let log = EmbeddedEventLog(store: store, owner: UUID(), lease: .seconds(15), logger: .silent)
        return Router(log: log, store: store, logger: .silent) {}
    }

    /// Makes runs in a folder and sends them in small chunks.
    fileprivate func courier(_ folder: String) throws -> FeedCourier<PostgresStore> {
        var settings = FeedSettings(odsCode: try #require(ODSCode("X26")))
        settings.spool = folder
        var configuration = CourierConfiguration(publicURL: "https://herald.example.nhs.uk", version: "1.0")
        configuration.idlePause = .milliseconds(20)
        let client = sandbox.client(for: own.mailbox) { $0.chunkBytes = 200_000 }
        return FeedCourier(
            store: store,
            configuration: configuration,
            feed: settings,
            carrier: MESHFeedCarrier(client: client, workflow: "NIS_VACC_FEED"),
            owner: UUID(),
            logger: .silent
        )
    }
}
