import Foundation
import HeraldTestKit
import MESH
import Testing

@Suite(.timeLimit(.minutes(5))) struct InboxTests {
    @Test("TM-06, TM-10: pages keep the order, and a list starts again after a restart") func paging() async throws {
        try await MESHSandbox.withOwn { sandbox in
            let sender = sandbox.client(for: try sandbox.makeMailbox())
            let receiver = sandbox.client(for: try sandbox.makeMailbox())
            var sent: [MessageID] = []
            for number in 0..<25 {
                sent.append(
                    try #require(try await sender.send(message(to: receiver.mailbox, [UInt8(number)])).messageID)
                )
            }
            let first = try await receiver.inbox(limit: 10)
            let second = try await receiver.inbox(from: first.next, limit: 10)
            let third = try await receiver.inbox(from: second.next, limit: 10)
            #expect(first.next != nil && second.next != nil)
            #expect(first.messages + second.messages + third.messages == sent && third.next == nil)

            await sandbox.stop()
            await #expect(throws: MESHError.self) { _ = try await receiver.inbox() }
            try await sandbox.launch()
            // The token of before says nothing to the new server: an error, or a list from the start.
            _ = try? await receiver.inbox(from: second.next, limit: 10)
            #expect(try await receiver.inbox(limit: 500).messages == sent)
        }
    }

    @Test(
        "TM-09: reports carry the failed message's ids and a class",
        arguments: [
            ("14", "undeliverable", DeliveryReport.Cause.notCollected), ("EPL-153", "error", .patient),
            ("EPL-151", "error", .noMailbox), ("99", "error", .transfer),
        ]
    )
    func reports(_ code: String, _ status: String, _ cause: DeliveryReport.Cause) async throws {
        let sandbox = try await MESHSandbox.shared()
        let client = sandbox.client(for: try sandbox.makeMailbox())
        try await sandbox.administer(
            "report",
            [
                "mailbox_id": client.mailbox.text, "code": code, "description": "words", "workflow_id": "W",
                "subject": "s", "local_id": "L1", "status": status, "file_name": "f", "linked_message_id": "LINKED1",
            ]
        )
        let id = try #require(try await client.inbox().messages.first)
        let incoming = try await client.download(id)
        #expect(!incoming.headers.isData)
        let report = try #require(incoming.headers.report)
        #expect(report.messageID == "LINKED1" && report.localID == "L1" && report.workflow == "W")
        #expect(report.cause == cause)
        #expect(try await client.content(of: id).isEmpty)
        try await client.acknowledge(id)
        #expect(try await client.inbox().messages.isEmpty)
    }

    @Test func whatIsNotThereOrNotOursHasItsClass() async throws {
        let sandbox = try await MESHSandbox.shared()
        let sender = sandbox.client(for: try sandbox.makeMailbox())
        let receiver = sandbox.client(for: try sandbox.makeMailbox())
        let id = try #require(try await sender.send(message(to: receiver.mailbox, [1])).messageID)
        let foreign = try await #require(throws: MESHError.self) { _ = try await sender.download(id) }
        #expect(foreign.kind == .defect)
        let missing = try await #require(throws: MESHError.self) {
            _ = try await receiver.download(MessageID("MISSING")!)
        }
        #expect(missing.kind == .gone)
        let untracked = try await #require(throws: MESHError.self) { _ = try await receiver.track(id) }
        #expect(untracked.kind == .gone)
        try await sandbox.administer(
            "message/\(id)/event",
            ["status": "undeliverable", "code": "14", "event": "SEND", "description": "late"]
        )
        let gone = try await #require(throws: MESHError.self) { _ = try await receiver.download(id) }
        #expect(gone.kind == .notYet)
        #expect(try await sender.track(id).status == .undeliverable)
    }

    @Test func aDownloadThatBreaksOffIsAnOutage() async throws {
        let sandbox = try await MESHSandbox.shared()
        let sender = sandbox.client(for: try sandbox.makeMailbox()) {
            $0.chunkBytes = 1000
            $0.compressedFrom = .max
        }
        let receiver = sandbox.client(for: try sandbox.makeMailbox())
        let id = try #require(try await sender.send(message(to: receiver.mailbox, sampleText(3000))).messageID)
        try await sandbox.fail(["path": "inbox/\(id)/3", "cut": true, "times": 2])
        let error = try await #require(throws: MESHError.self) { _ = try await receiver.content(of: id) }
        #expect(error.isRetriable)
        #expect(try await receiver.content(of: id) == sampleText(3000))
    }
}
