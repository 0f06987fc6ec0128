import Feeds
import Foundation
import HeraldTestKit
import MESH
import Postgres
import Store
import Testing

@testable import herald

/// TM-07: a hub that is killed takes each message once.
@Suite(.herald, .timeLimit(.minutes(5))) struct MailboxKillTests {
    private func hub(_ fixture: MailboxFixture, _ folder: String) throws -> HeraldProcess {
        try HeraldProcess(
            ["serve", "--roles", "intake", "--http-address", "127.0.0.1:0"],
            environment: [
                "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": folder, "HERALD_DEVELOPMENT": "true",
                "HERALD_MESH_URL": fixture.sandbox.url, "HERALD_MESH_MAILBOX": fixture.own.mailbox.text,
                "HERALD_MESH_PASSWORD": MESHSandbox.password(of: fixture.own.mailbox),
                "HERALD_MESH_SHARED_KEY": MESHSandbox.sharedKey, "HERALD_MESH_WORKFLOW": MESHSandbox.workflow,
                "HERALD_MESH_POLL_INTERVAL": "1", "HERALD_LEASE": "1",
            ],
            log: folder + "/log"
        )
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    @Test("TM-07: killed between storing and acknowledging, it processes the file once")
    func betweenStoringAndAcknowledging()
        async throws
    {
        try await MailboxFixture.with { fixture in
            try await withFolder { folder in
                try await fixture.sandbox.fail(["path": "/\(fixture.own.mailbox)/inbox/.*/acknowledged", "delay": 60])
                let id = try await fixture.send(SampleFeed([SampleFeed.Row("a"), SampleFeed.Row("a")]))
                let first = try hub(fixture, folder)
                try await eventually(within: .seconds(60), "a message on file") {
                    try await fixture.pool.count("SELECT count(*) FROM mailbox_message WHERE state = 'kept'") == 1
                }
                // The fault holds one request back; were the hub killed before it asks, it would be the next hub's.
                try await eventually(within: .seconds(60), "an acknowledgement on its way") {
                    try await fixture.sandbox.requests(holding: "/\(fixture.own.mailbox)/inbox/")
                        .contains { $0.hasSuffix("/acknowledged") }
                }
                first.killAtOnce()
                #expect(try await fixture.own.inbox().messages == [id])

                let second = try hub(fixture, folder)
                try await fixture.emptied()
                let answers = try await fixture.acknowledgements(3)
                #expect(answers.count == 3)
                #expect(second.stop() == 0)
                #expect(!second.logText.contains(MESHSandbox.password(of: fixture.own.mailbox)))
                #expect(!second.logText.contains(MESHSandbox.sharedKey))
            }
            let feeds = try await fixture.feeds()
            #expect(feeds.map(\.status) == [.processed])
            #expect(feeds.first?.counts.created == 1 && feeds.first?.counts.rejected == 1)
            #expect(try await fixture.supplier.inbox().messages.count == 3)
        }
    }

    @Test("killed again and again at any moment, it takes every file once and answers it") func anyMoment() async throws
    {
        try await MailboxFixture.with { fixture in
            try await withFolder { folder in
                for number in 0..<12 {
                    let rows = (0..<20).map { SampleFeed.Row("\(number)-\($0)") }
                    try await fixture.send(SampleFeed(rows, number: number))
                }
                var random = SplitMix(seed: 11)
                for _ in 0..<5 {
                    let process = try hub(fixture, folder)
                    try await process.waitFor("herald is ready", after: process.logText.count)
                    try await Task.sleep(for: .milliseconds(random.number(in: 50...1500)))
                    process.killAtOnce()
                }
                let last = try hub(fixture, folder)
                try await last.waitFor("herald is ready", after: last.logText.count)
                try await fixture.emptied(within: .seconds(120))
                try await eventually(within: .seconds(120), "all letters") {
                    try await fixture.pool.count("SELECT count(*) FROM mailbox_letter WHERE state = 'sent'") == 36
                }
                #expect(last.stop() == 0)
            }
            let processed = try await fixture.feeds().filter { $0.status == .processed }
            #expect(Set(processed.map(\.name)).count == 12 && processed.count == 12)
            #expect(processed.allSatisfy { $0.counts.created == 20 })
            // Each message is there once: an attempt that a kill cut off was asked for before it was repeated.
            let messages = try await fixture.supplier.inbox().messages
            #expect(messages.count == 36)
            #expect(try await fixture.pool.count("SELECT sum(duplicates)::bigint FROM mailbox_letter") == 0)
        }
    }
}
