import Access
import AsyncHTTPClient
import Feeds
import Foundation
import HeraldTestKit
import MESH
import Postgres
import ServiceLifecycle
import Store
import Testing

@testable import herald

/// A hub with a mailbox on a real MESH server, and a supplier with another.
struct MailboxFixture {
    let sandbox: MESHSandbox
    let store: PostgresStore
    let pool: PostgresPool
    /// The hub's mailbox.
    let own: MESHClient
    /// The supplier's.
    let supplier: MESHClient

    /// Lends both; the supplier's mailbox is allowed for EMIS.
    static func with(
        own server: MESHSandbox? = nil,
        _ body: (MailboxFixture) async throws -> Void
    ) async throws {
        let sandbox: MESHSandbox
        if let server { sandbox = server } else { sandbox = try await MESHSandbox.shared() }
        try await ScratchDatabase.withStore(connections: 12) { store, pool in
            let fixture = MailboxFixture(
                sandbox: sandbox,
                store: store,
                pool: pool,
                own: sandbox.client(for: try sandbox.makeMailbox()),
                supplier: sandbox.client(for: try sandbox.makeMailbox())
            )
            try await fixture.register("supplier", suppliers: ["EMIS"])
            try await fixture.allow(fixture.supplier.mailbox)
            try await body(fixture)
        }
    }

    /// Registers a client.
    func register(_ id: String, suppliers: Set<String>) async throws {
        try await store.seed(.builtIn)
        let client = RegisteredClient(
            id: try #require(ClientID(id)),
            name: "A test's supplier",
            suppliers: suppliers,
            scopes: Scopes(parsing: "system/Immunization.c")
        )
        try await store.create(client, by: "test")
    }

    /// Takes files from a mailbox for the registered client.
    func allow(_ mailbox: MailboxID) async throws {
        #expect(try await store.allow(mailbox: mailbox.text, for: "supplier", by: "test"))
    }

    /// The intake, quick to look and to try again.
    func intake(
        client: MESHClient? = nil,
        lease: Duration = .seconds(15),
        letterInterval: Duration = .milliseconds(20),
        postWorkflows: Set<String> = [],
        now: @escaping @Sendable () -> Date = { Date() },
        pause: @escaping @Sendable (Int, Bool) -> Duration = { _, _ in .milliseconds(50) }
    ) -> MailboxIntake<PostgresStore, MESHMailbox> {
        var configuration = MailboxConfiguration(workflow: MESHSandbox.workflow, pause: pause)
        configuration.pollInterval = .milliseconds(200)
        configuration.letterInterval = letterInterval
        configuration.postWorkflows = postWorkflows
        configuration.lease = lease
        return MailboxIntake(
            store: store,
            mailbox: MESHMailbox(client: client ?? own),
            configuration: configuration,
            owner: UUID(),
            now: now,
            logger: .silent
        )
    }

    /// Intake, and a worker that applies what it takes.
    var services: [any Service] { [worker, intake()] }

    /// Applies what is queued.
    var worker: FeedWorker<PostgresStore> {
        var configuration = FeedWorkerConfiguration()
        configuration.idlePause = .milliseconds(10)
        return FeedWorker(store: store, configuration: configuration, owner: UUID(), logger: .silent)
    }

    /// Sends a feed from the supplier's mailbox.
    @discardableResult
    func send(
        _ feed: SampleFeed,
        from sender: MESHClient? = nil,
        workflow: String = MESHSandbox.workflow,
        contentType: String = "text/csv",
        content: [UInt8]? = nil
    ) async throws -> MessageID {
        let message = OutgoingMessage(
            to: own.mailbox.text,
            workflow: workflow,
            localID: UUID().uuidString,
            fileName: feed.name,
            contentType: contentType,
            body: .content(content ?? feed.bytes)
        )
        return try #require(try await (sender ?? supplier).send(message).messageID)
    }

    /// Waits for so many messages in the supplier's mailbox.
    func acknowledgements(_ count: Int) async throws -> [(headers: MessageHeaders, text: String)] {
        // Asked of the database: the sandbox has one process for everybody.
        try await eventually(within: .seconds(60), "\(count) acknowledgements") {
            try await pool.count("SELECT count(*) FROM mailbox_letter WHERE state = 'sent'") >= count
        }
        var found: [(MessageHeaders, String)] = []
        for id in try await supplier.inbox().messages {
            let message = try await supplier.download(id)
            var bytes: [UInt8] = []
            for try await piece in message.content { bytes += piece }
            found.append((message.headers, String(decoding: bytes, as: UTF8.self)))
        }
        return found
    }

    /// The feeds on file, as they came in.
    func feeds() async throws -> [FeedSummary] {
        try await store.summaries(limit: 100).sorted { $0.receivedAt < $1.receivedAt }
    }

    /// Waits until nothing is in the hub's mailbox any more.
    func emptied(within limit: Duration = .seconds(60)) async throws {
        try await eventually(within: limit, "an empty mailbox") {
            if try await own.inbox().messages.isEmpty { return true }
            try await Task.sleep(for: .milliseconds(100))
            return false
        }
    }
}
