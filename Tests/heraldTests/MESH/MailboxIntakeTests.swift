import Feeds
import Foundation
import HeraldTestKit
import MESH
import Postgres
import Store
import Testing

@testable import herald

/// Feeds by MESH: taken once and in order, acknowledged to MESH after they are durable, answered to the sender.
@Suite(.herald, .timeLimit(.minutes(5))) struct MailboxIntakeTests {
    private static let rows = [SampleFeed.Row("a"), SampleFeed.Row("b"), SampleFeed.Row("a")]

    @Test("a feed from the NHS's own client is applied, and its acknowledgement files come back")
    func wholeWay() async throws {
        try await MailboxFixture.with { fixture in
            let peer = MESHPeer(fixture.supplier.mailbox, at: fixture.sandbox)
            let feed = SampleFeed(Self.rows)
            let path = ScratchFolder.make()
            defer { try? FileManager.default.removeItem(atPath: path) }
            try Data(feed.bytes).write(to: URL(fileURLWithPath: path))
            try await peer.send(
                to: fixture.own.mailbox,
                file: path,
                name: feed.name,
                isCompressed: true,
                chunkBytes: 300
            )

            try await running(fixture.services) {
                _ = try await fixture.acknowledgements(3)
                try await fixture.emptied()
            }
            let taken = try #require(try await fixture.feeds().first)
            #expect(taken.status == .processed && taken.name == feed.name && taken.client == "supplier")
            #expect(taken.counts.created == 2 && taken.counts.rejected == 1)

            let answers = try await peer.receive()
            let files = AcknowledgementFiles(store: fixture.store).files(of: taken)
            #expect(answers.map(\.fileName) == files.map(\.name))
            #expect(answers.allSatisfy { $0.workflow == MESHSandbox.workflow + "_ACK" && $0.messageType == "DATA" })
            #expect(answers.allSatisfy { $0.sender == fixture.own.mailbox.text })
            #expect(Set(answers.compactMap(\.localID)).count == 3)
            for (answer, file) in zip(answers, files) {
                var bytes: [UInt8] = []
                for try await piece in file { bytes += piece }
                #expect(answer.text == String(decoding: bytes, as: UTF8.self))
            }
            #expect(answers.first?.text?.contains("\(taken.id)|Success|") == true)
        }
    }

    @Test("TM-06: 1,200 messages are taken once each, in the order of the mailbox") func manyMessages()
        async throws
    {
        try await MailboxFixture.with { fixture in
            var sent: [String] = []
            for number in 0..<150 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for part in 0..<8 {
                        group.addTask {
                            try await fixture.send(SampleFeed([SampleFeed.Row("r")], number: number * 8 + part))
                        }
                    }
                    try await group.waitForAll()
                }
            }
            var next: String?
            repeat {
                let page = try await fixture.own.inbox(from: next)
                sent += page.messages.map(\.text)
                next = page.next
            } while next != nil
            #expect(sent.count == 1200)
            let clock = ContinuousClock.now
            // Without answers, which would come in between.
            try await running([fixture.intake(letterInterval: .seconds(600))]) {
                try await eventually(within: .seconds(180), "1,200 messages on file") {
                    try await fixture.pool.count("SELECT count(*) FROM mailbox_message WHERE state = 'kept'") == 1200
                }
                try await fixture.emptied()
            }
            print("1,200 feeds taken in \(ContinuousClock.now - clock)")
            let rows = try await fixture.pool.query(
                """
                SELECT m.id FROM mailbox_message m JOIN feed f ON f.id = m.feed_id AND f.status = 'Queued'
                WHERE m.state = 'kept' ORDER BY f.received_at
                """,
                []
            )
            #expect(try rows.map { try $0.decode("id", as: String.self) } == sent)
            #expect(try await fixture.pool.count("SELECT count(*) FROM feed") == 1200)
        }
    }

    @Test("TM-05: an acknowledgement whose answer is lost is there once", arguments: [1, 2]) func lostAnswer(
        _ times: Int
    ) async throws {
        try await MailboxFixture.with { fixture in
            try await fixture.sandbox.fail([
                "path": "/\(fixture.own.mailbox)/outbox", "method": "POST", "cut": true, "times": times,
            ])
            try await fixture.send(SampleFeed(Self.rows))
            try await running(fixture.services) { _ = try await fixture.acknowledgements(3) }
            #expect(try await fixture.supplier.inbox().messages.count == 3)
            #expect(try await fixture.pool.count("SELECT max(attempts) FROM mailbox_letter") == 2)
        }
    }

    @Test("TM-02: a wrong password stops the mailbox without a storm of tries") func wrongPassword() async throws {
        try await MailboxFixture.with { fixture in
            let wrong = fixture.sandbox.client(for: fixture.own.mailbox, password: "wrong")
            try await fixture.send(SampleFeed(Self.rows))
            try await running([
                fixture.intake(client: wrong, pause: { _, isStopped in isStopped ? .seconds(600) : .zero })
            ]) {
                try await eventually { try await fixture.store.mailboxes().first?.trouble != nil }
            }
            let state = try #require(try await fixture.store.mailboxes().first)
            #expect(state.trouble?.contains("403") == true)
            #expect(
                try await fixture.sandbox.requests(holding: "POST /messageexchange/\(fixture.own.mailbox)").count == 1
            )
            try await running([fixture.intake()]) { try await fixture.emptied() }
            #expect(try await fixture.store.mailboxes().first?.trouble == nil)
        }
    }

    @Test("TM-09: a report marks the acknowledgement it is about, and is acknowledged") func reports() async throws {
        try await MailboxFixture.with { fixture in
            try await fixture.send(SampleFeed(Self.rows))
            try await running(fixture.services) {
                let answers = try await fixture.acknowledgements(3)
                let infAck = try #require(answers.first?.headers)
                for (message, local) in [(infAck.id.text, ""), ("UNKNOWN1", "nothing"), (infAck.id.text, "")] {
                    try await fixture.sandbox.administer(
                        "report",
                        [
                            "mailbox_id": fixture.own.mailbox.text, "code": "14", "description": "late",
                            "workflow_id": infAck.workflow, "subject": "s", "local_id": local,
                            "status": "undeliverable", "file_name": "f", "linked_message_id": message,
                        ]
                    )
                }
                try await fixture.emptied()
            }
            let troubles = try await fixture.store.mailboxTroubles(limit: 10)
            #expect(troubles.map(\.state) == ["undelivered"])
            #expect(troubles.first?.id.hasSuffix("_InfAck") == true && troubles.first?.reason?.hasPrefix("14 ") == true)
            #expect(try await fixture.pool.count("SELECT count(*) FROM mailbox_message WHERE state = 'reported'") == 3)

            // An operator sends it again: another message, under an id of its own.
            let undelivered = try #require(troubles.first)
            let again = try #require(try await fixture.store.sendAgain(letter: undelivered.id))
            #expect(again.hasSuffix("_InfAck.2"))
            try await running(fixture.services) {
                _ = try await fixture.acknowledgements(3)
            }
            #expect(try await fixture.supplier.inbox().messages.count == 4)
        }
    }

    @Test("TM-11: a server that is away is waited for, and what came is taken in order") func serverAway() async throws
    {
        try await MESHSandbox.withOwn { server in
            try await MailboxFixture.with(own: server) { fixture in
                try await running(fixture.services) {
                    try await fixture.send(SampleFeed([SampleFeed.Row("a")], number: 1))
                    _ = try await fixture.acknowledgements(3)
                    await server.stop()
                    try await eventually { try await fixture.store.mailboxes().first?.trouble != nil }
                    try await server.launch()
                    for number in 2...4 {
                        try await fixture.send(SampleFeed([SampleFeed.Row("a", "update")], number: number))
                    }
                    _ = try await fixture.acknowledgements(12)
                    try await fixture.emptied()
                }
                #expect(try await fixture.feeds().map(\.name) == (1...4).map { SampleFeed([], number: $0).name })
                #expect(try await fixture.feeds().allSatisfy { $0.status == .processed })
                #expect(try await fixture.store.mailboxes().first?.trouble == nil)
                #expect(try await fixture.supplier.inbox().messages.count == 12)
            }
        }
    }

    @Test("TM-10: a server that restarts in the middle of paging loses nothing") func restartWhilePaging() async throws
    {
        try await MailboxFixture.with { fixture in
            for number in 0..<3 { try await fixture.send(SampleFeed(Self.rows, number: number)) }
            // The second page is refused as one of another life of the server, and messages of the first come again.
            let mailbox = ForgetfulMailbox(base: MESHMailbox(client: fixture.own))
            var configuration = MailboxConfiguration(workflow: MESHSandbox.workflow) { _, _ in .milliseconds(10) }
            configuration.pollInterval = .milliseconds(10)
            let intake = MailboxIntake(
                store: fixture.store,
                mailbox: mailbox,
                configuration: configuration,
                owner: UUID(),
                logger: .silent
            )
            try await running([intake]) { try await fixture.emptied() }
            #expect(try await fixture.feeds().map(\.name) == (0..<3).map { SampleFeed([], number: $0).name })
        }
    }

    @Test("M-20: one process empties a mailbox, and another takes over when it stops") func oneAtATime() async throws {
        try await MailboxFixture.with { fixture in
            let first = fixture.intake(lease: .milliseconds(600))
            let second = fixture.intake(lease: .milliseconds(600))
            try await running([second]) {
                try await eventually { try await fixture.store.mailboxes().first?.isHeld == true }
                try await runningUntilCancelled(first) {
                    for number in 0..<10 { try await fixture.send(SampleFeed(Self.rows, number: number)) }
                    try await fixture.emptied()
                }
                #expect(try await fixture.pool.count("SELECT count(DISTINCT lease_owner) FROM mailbox") == 1)
            }
            try await fixture.send(SampleFeed(Self.rows, number: 99))
            try await running([first]) { try await fixture.emptied() }
            #expect(try await fixture.feeds().count == 11)
        }
    }

    @Test("M-25: what nobody here can use stays for a day, is set aside then, and can be saved") func unknownWorkflow()
        async throws
    {
        try await MailboxFixture.with { fixture in
            let id = try await fixture.send(SampleFeed(Self.rows), workflow: "OTHER_WORKFLOW")
            try await fixture.send(SampleFeed(Self.rows, number: 5))
            try await running([fixture.intake()]) {
                try await eventually { try await fixture.own.inbox().messages == [id] }
                try await eventually { try await fixture.store.mailboxes().first?.left == 1 }
            }
            #expect(try await fixture.store.mailboxTroubles(limit: 10).map(\.state) == ["left"])
            try await running([fixture.intake(now: { Date() + 24 * 3600 + 60 })]) { try await fixture.emptied() }
            #expect(try await fixture.store.mailboxTroubles(limit: 10).map(\.state) == ["quarantined"])
            #expect(try await fixture.store.quarantined(id.text) == SampleFeed(Self.rows).bytes)
        }
    }

    @Test("files are taken from mailboxes that somebody stands behind, and only for whom they act") func senders()
        async throws
    {
        try await MailboxFixture.with { fixture in
            let stranger = fixture.sandbox.client(for: try fixture.sandbox.makeMailbox())
            let id = try await fixture.send(SampleFeed(Self.rows), from: stranger)
            try await fixture.send(SampleFeed(Self.rows, from: SampleFeed.tpp, number: 2))
            try await running(fixture.services) {
                // Another supplier's file is refused, and its sender learns that it was not taken.
                let answers = try await fixture.acknowledgements(1)
                #expect(answers.first?.text.contains("|Failure|Fatal|") == true)
                try await eventually { try await fixture.own.inbox().messages == [id] }
                #expect(try await fixture.feeds().map(\.status) == [.unauthorised])

                try await fixture.allow(stranger.mailbox)
                try await eventually { try await stranger.inbox().messages.count == 3 }
            }
            #expect(try await fixture.feeds().map(\.status) == [.unauthorised, .processed])
            #expect(try await fixture.pool.count("SELECT count(*) FROM mailbox_letter WHERE state = 'none'") == 2)
        }
    }

    @Test("a file of a name that was taken is refused with a failed InfAck") func duplicateName() async throws {
        try await MailboxFixture.with { fixture in
            for _ in 0..<2 { try await fixture.send(SampleFeed(Self.rows)) }
            try await running(fixture.services) {
                let answers = try await fixture.acknowledgements(4)
                #expect(answers.filter { $0.text.contains("|Failure|") }.count == 1)
            }
            #expect(try await Set(fixture.feeds().map(\.status)) == [.processed, .duplicate])
        }
    }

    @Test("csv-feed §12: the first part of a multipart body is the file; one without an end is an Unexpected EOF")
    func multipart() async throws {
        try await MailboxFixture.with { fixture in
            let named = SampleFeed(Self.rows, number: 7)
            func body(_ end: String) -> [UInt8] {
                Array("--x1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(named.name)\"\r\n\r\n".utf8)
                    + named.bytes + Array(end.utf8)
            }
            let type = "multipart/form-data; boundary=x1"
            try await fixture.send(SampleFeed([], number: 1), contentType: type, content: body(""))
            try await fixture.send(SampleFeed([], number: 2), contentType: type, content: body("\r\n--x1--\r\n"))
            try await running(fixture.services) { _ = try await fixture.acknowledgements(4) }
            let feeds = try await fixture.feeds()
            #expect(feeds.map(\.name) == [named.name, named.name])
            #expect(Set(feeds.map(\.status)) == [.failed, .processed])
            #expect(feeds.contains { $0.reason?.hasPrefix("Unexpected EOF") == true })
        }
    }

    @Test("TM-13: a file of 60 MB in chunks is received whole, in bounded memory") func largeFile() async throws {
        try await MailboxFixture.with { fixture in
            let block = (0..<1_000_000).map { UInt8(truncatingIfNeeded: 48 &+ ($0 &* 7) % 64) }
            // A header, or the file is refused when its first line is there.
            var content = SampleFeed([]).bytes
            for _ in 0..<60 { content += block }
            try await fixture.send(SampleFeed([]), content: content)
            try await running([fixture.intake()]) { try await fixture.emptied(within: .seconds(120)) }
            let feed = try #require(try await fixture.feeds().first)
            #expect(feed.status == .queued && feed.bytes == content.count)
            #expect(
                try await fixture.pool.count("SELECT count(*) FROM feed WHERE sha256 = sha256($1)", [.bytes(content)])
                    == 1
            )
        }
    }
}

/// A mailbox that shows one message a page, and has forgotten its pages every other time.
private struct ForgetfulMailbox: FeedMailbox {
    let base: MESHMailbox
    private let pages = PageCounter()

    init(base: MESHMailbox) { self.base = base }

    var name: String { base.name }

    func handshake() async throws(MailboxError) { try await base.handshake() }

    func page(from next: String?) async throws(MailboxError) -> MailboxPage {
        let all = try await base.page(from: nil).messages
        guard next == nil || pages.next() % 2 == 0 else { throw MailboxError(.fault, "an unknown page") }
        let rest = next.map { token in all.drop { $0 != token }.dropFirst() } ?? all[...]
        return MailboxPage(messages: Array(rest.prefix(1)), next: rest.count > 1 ? rest.first : nil)
    }

    func open(_ id: String) async throws(MailboxError) -> MailboxMessage<MESHFileContent> { try await base.open(id) }

    func acknowledge(_ id: String) async throws(MailboxError) { try await base.acknowledge(id) }

    func send(_ file: AcknowledgementFile, _ letter: MailboxLetter) async throws -> MailboxReceipt {
        try await base.send(file, letter)
    }
}
