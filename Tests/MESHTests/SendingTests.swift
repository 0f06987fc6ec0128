import Foundation
import HeraldTestKit
import MESH
import Testing

@Suite(.timeLimit(.minutes(5))) struct SendingTests {
    private func withPair(
        _ change: (inout MESHConfiguration) -> Void = { _ in },
        _ body: (_ sandbox: MESHSandbox, _ sender: MESHClient, _ receiver: MESHClient) async throws -> Void
    ) async throws {
        let sandbox = try await MESHSandbox.shared()
        try await body(
            sandbox,
            sandbox.client(for: sandbox.makeMailbox(), change),
            sandbox.client(for: sandbox.makeMailbox())
        )
    }

    @Test("TM-03: handshake, send, list, download, acknowledge") func wholeWay() async throws {
        try await withPair { _, sender, receiver in
            try await sender.handshake()
            let text = sampleText(5000)
            var outgoing = message(to: receiver.mailbox, text, localID: "local 1/é")
            outgoing.subject = "A subject"
            outgoing.partnerID = "partner"
            let receipt = try await sender.send(outgoing)
            let id = try #require(receipt.messageID)
            #expect(!receipt.wasThere && receipt.duplicates == 0)

            let page = try await receiver.inbox()
            #expect(page.messages == [id] && page.next == nil && page.approximateCount != nil)
            let incoming = try await receiver.download(id)
            #expect(incoming.headers.isData)
            #expect(incoming.headers.id == id)
            #expect(incoming.headers.sender == sender.mailbox.text)
            #expect(incoming.headers.workflow == MESHSandbox.workflow)
            #expect(incoming.headers.localID == "local 1/e")
            #expect(incoming.headers.fileName == "a.csv")
            #expect(incoming.headers.subject == "A subject")
            #expect(incoming.headers.partnerID == "partner")
            #expect(incoming.headers.contentType == "text/csv")
            var bytes: [UInt8] = []
            for try await piece in incoming.content { bytes += piece }
            #expect(bytes == text)
            #expect(try await receiver.headers(of: id) == incoming.headers)

            #expect(try await sender.track(id).status == .accepted)
            try await receiver.acknowledge(id)
            try await receiver.acknowledge(id)
            #expect(try await receiver.inbox().messages.isEmpty)
            #expect(try await sender.track(id).status == .acknowledged)
        }
    }

    @Test("M-05: above 10 kB a body is compressed, unless that makes it larger", arguments: [9_999, 30_000])
    func compression(size: Int) async throws {
        try await withPair { _, sender, receiver in
            let noise = (0..<size).map { _ in UInt8.random(in: 0...255) }
            for content in [sampleText(size), noise] {
                let id = try #require(try await sender.send(message(to: receiver.mailbox, content)).messageID)
                #expect(try await receiver.content(of: id) == content)
            }
        }
    }

    @Test("TM-02: a wrong password or key stops the mailbox", arguments: ["password", "key"])
    func wrongSecret(_ which: String) async throws {
        let sandbox = try await MESHSandbox.shared()
        let mailbox = try sandbox.makeMailbox()
        let client = sandbox.client(
            for: mailbox,
            password: which == "password" ? "wrong" : nil,
            key: which == "key" ? "wrong" : MESHSandbox.sharedKey
        )
        let error = try await #require(throws: MESHError.self) { try await client.handshake() }
        #expect(error.kind == .configuration && !error.isRetriable)
        guard case .refused(let refusal) = error else { return }
        #expect(refusal.status == 403)
        #expect(!error.description.contains("pw-"))
        #expect(try await sandbox.requests(holding: "/\(mailbox)").count == 1)
    }

    @Test("TM-02: a mailbox that MESH does not know stops") func unknownMailbox() async throws {
        let client = try await MESHSandbox.shared().client(for: MailboxID("NOBODY")!)
        let error = try await #require(throws: MESHError.self) { _ = try await client.inbox() }
        #expect(error.kind == .configuration)
    }

    @Test("TM-05: a post whose answer is lost is not posted again") func lostAnswer() async throws {
        try await withPair { sandbox, sender, receiver in
            let outgoing = message(to: receiver.mailbox, sampleText(100))
            try await sandbox.fail(["path": "/\(sender.mailbox)/outbox", "cut": true])
            let error = try await #require(throws: MESHError.self) { _ = try await sender.send(outgoing) }
            #expect(error.leavesOutcomeUnknown && error.isRetriable)
            let receipt = try await sender.sendAgain(outgoing)
            #expect(receipt.wasThere && receipt.duplicates == 0)
            #expect(try await receiver.inbox().messages == [try #require(receipt.messageID)])
        }
    }

    @Test("M-11: a post that never arrived is posted again") func lostRequest() async throws {
        try await withPair { sandbox, sender, receiver in
            let outgoing = message(to: receiver.mailbox, sampleText(100))
            try await sandbox.fail([
                "path": "/\(sender.mailbox)/outbox", "status": 503, "headers": ["Retry-After": "7"],
            ])
            let error = try await #require(throws: MESHError.self) { _ = try await sender.send(outgoing) }
            #expect(error.kind == .transient)
            guard case .refused(let refusal) = error else { return }
            #expect(refusal.retryAfter == .seconds(7))
            #expect(try await !sender.sendAgain(outgoing).wasThere)
            #expect(try await receiver.inbox().messages.count == 1)
        }
    }

    @Test("M-11: a message that is there twice is counted, not posted a third time") func duplicates() async throws {
        try await withPair { sandbox, sender, receiver in
            let outgoing = message(to: receiver.mailbox, sampleText(100))
            _ = try await sender.send(outgoing)
            _ = try await sender.send(outgoing)
            let receipt = try await sender.sendAgain(outgoing)
            #expect(receipt.wasThere && receipt.duplicates == 1)
            #expect(try await receiver.inbox().messages.contains(try #require(receipt.messageID)))
            #expect(try await receiver.inbox().messages.count == 2)
        }
    }

    @Test("M-11: without the deprecated look-up the outbox is asked") func lookUpIsGone() async throws {
        try await withPair { sandbox, sender, receiver in
            let outgoing = message(to: receiver.mailbox, sampleText(100))
            let first = try await sender.send(outgoing)
            try await sandbox.fail(["path": "/\(sender.mailbox)/outbox/tracking", "status": 410])
            let receipt = try await sender.sendAgain(outgoing)
            #expect(receipt.wasThere && receipt.messageID == first.messageID)
        }
    }

    @Test("TM-08: an unknown receiver is an address to look up, not an outage") func unknownReceiver() async throws {
        try await withPair { _, sender, receiver in
            let error = try await #require(throws: MESHError.self) {
                _ = try await sender.send(message(to: MailboxID("NOBODY")!, [1]))
            }
            #expect(error.kind == .address && !error.isRetriable)
            let code = MESHSandbox.odsCode(of: receiver.mailbox)
            #expect(
                try await sender.mailboxes(of: code.lowercased(), for: MESHSandbox.workflow).map(\.id) == [
                    receiver.mailbox
                ]
            )
            #expect(try await sender.mailboxes(of: code, for: "OTHER").isEmpty)
        }
    }

    @Test("TM-12: no file name, subject or workflow from data is refused") func dirtyHeaders() async throws {
        try await withPair { _, sender, receiver in
            var outgoing = message(to: receiver.mailbox, [1])
            outgoing.fileName = "COVID_\r\n\u{1}Ünï|\u{202E}.csv" + String(repeating: "x", count: 400)
            outgoing.subject = "naïve\nsubject " + String(repeating: "é", count: 600)
            outgoing.localID = "a\tb"
            outgoing.checksum = "===="
            let id = try #require(try await sender.send(outgoing).messageID)
            let headers = try await receiver.headers(of: id)
            #expect(headers.fileName?.hasPrefix("COVID_ Uni|") == true)
            #expect(headers.localID == "a b")
        }
    }

    @Test func anEmptyBodyIsADefect() async throws {
        try await withPair { _, sender, receiver in
            let error = try await #require(throws: MESHError.self) {
                _ = try await sender.send(message(to: receiver.mailbox, []))
            }
            #expect(error.kind == .defect)
        }
    }

    @Test("chunks are repeated where one is lost, and the last one's lost answer does not matter", arguments: [2, 3])
    func lostChunk(_ chunk: Int) async throws {
        try await withPair({ $0.cut(at: 1000) }) { sandbox, sender, receiver in
            let text = sampleText(2500)
            try await sandbox.fail(["path": "/\(sender.mailbox)/outbox/.*/\(chunk)$", "method": "POST", "cut": true])
            let id = try #require(try await sender.send(message(to: receiver.mailbox, text)).messageID)
            #expect(try await receiver.inbox().messages == [id])
            #expect(try await receiver.content(of: id) == text)
        }
    }

    @Test("an upload that broke off goes on under the id it has") func brokenUpload() async throws {
        try await withPair({ $0.cut(at: 1000) }) { sandbox, sender, receiver in
            let outgoing = message(to: receiver.mailbox, sampleText(2500))
            try await sandbox.fail(["path": "/\(sender.mailbox)/outbox/", "method": "POST", "status": 403])
            await #expect(throws: MESHError.self) { _ = try await sender.send(outgoing) }
            #expect(try await receiver.inbox().messages.isEmpty)
            let receipt = try await sender.sendAgain(outgoing)
            #expect(try await receiver.inbox().messages == [try #require(receipt.messageID)])
            #expect(try await receiver.content(of: try #require(receipt.messageID)) == sampleText(2500))
        }
    }

    @Test("M-23: an answer that does not come in time is an outage, a redirect is not followed")
    func timeoutsAndRedirects() async throws {
        try await withPair({ $0.answerTimeout = .milliseconds(300) }) { sandbox, sender, _ in
            try await sandbox.fail(["path": "/\(sender.mailbox)/inbox", "delay": 5])
            let late = try await #require(throws: MESHError.self) { _ = try await sender.inbox() }
            #expect(late == .unreachable(.list, .timeout))
            try await sandbox.fail([
                "path": "/\(sender.mailbox)/inbox", "status": 302,
                "headers": ["Location": sandbox.url + "/messageexchange/_ping"],
            ])
            let moved = try await #require(throws: MESHError.self) { _ = try await sender.inbox() }
            #expect(moved.kind == .configuration)
        }
    }
}
