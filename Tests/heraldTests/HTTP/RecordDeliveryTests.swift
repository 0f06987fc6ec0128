import NIOCore
import AsyncHTTPClient
import Feeds
import FHIR
import Foundation
import HTTPTypes
import HeraldTestKit
import HummingbirdTesting
import Logging
import Postgres
import Store
import Subscriptions
import Testing
import Vaccination

@testable import WebAPI
@testable import herald

/// What is written over HTTP goes the way of what comes in feeds, and beside it.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(3)))
struct RecordDeliveryTests {
    private let id = SampleImmunization.id("FLU-0001").description
    private var uri: String { HubFixture.records + "/" + id }

    /// the event reaches subscribers as a feed's does, in order.
    @Test func aSubscriberHearsOfEveryWriteInOrder() async throws {
        try await HubFixture.with({ $0.listen.port = 0 }) { hub in
            let ledger = NotificationLedger()
            let sink = SinkServer(ledger: ledger, listen: ListenAddress(host: "127.0.0.1", port: 0), logger: .silent)
            let started = AsyncStream<Int>.makeStream()
            try await running([sink.service { started.continuation.yield($0) }]) {
                let port = try #require(await started.stream.first { _ in true })
                try await hub.hub.store.create(.sample(endpoint: "http://127.0.0.1:\(port)/hook"))
                try await running(hub.hub.services()) {
                    let bearer = try await hub.bearer()
                    _ = try await hub.create(SampleImmunization.make(), bearer)
                    _ = try await hub.update(id, SampleImmunization.make(id: id), bearer, at: "1")
                    _ = try await hub.send(.delete, uri, authorization: bearer)
                    _ = try await hub.create(SampleImmunization.make(), bearer)
                    try await eventually(within: .seconds(60), "four notifications") { ledger.received.count >= 4 }
                }
            }
            #expect(ledger.received.map(\.method) == ["POST", "PUT", "DELETE", "POST"])
            #expect(ledger.received.map(\.version) == [1, 2, 2, 3])
            #expect(ledger.received.allSatisfy { $0.identifierValue == "FLU-0001" })
        }
    }

    /// Versions stay exact while feeds write the same record: no number twice, none left out, an event for each.
    @Test func versionsStayExactBesideFeedsOfTheSameRecord() async throws {
        try await HubFixture.with { hub in
            let bearer = try await hub.bearer()
            let identifier: JSONValue = [["system": "https://www.ravs.england.nhs.uk/", "value": "shared"]]
            let record = RecordID(RecordIdentifier(system: "https://www.ravs.england.nhs.uk/", value: "shared"))
            let content = SampleImmunization.make(with: ["identifier": identifier])
            let update = SampleImmunization.make(id: record.description, with: ["identifier": identifier])
            #expect(try await hub.create(content, bearer).status == .created)
            let files = 5
            let rows = 20
            for file in 0..<files {
                let name = SampleRows.fileName.replacing("T08000000", with: "T0800\(file)000")
                let row = SampleRows.row([.uniqueID: "shared", .actionFlag: "update"])
                let sent = try await hub.send(
                    .post,
                    "/feeds?filename=\(name)",
                    authorization: bearer,
                    body: SampleRows.file(Array(repeating: row, count: rows))
                )
                #expect(sent.status == .accepted)
            }
            let written = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    try await hub.applyFeeds()
                    return 0
                }
                for writer in 0..<3 {
                    group.addTask { try await Self.write(hub, bearer, record, update, content, writer: writer) }
                }
                return try await group.reduce(0, +)
            }
            #expect(written > 0)
            let log = try await hub.hub.pool.query(
                "SELECT change, version, kind FROM immunization_version ORDER BY change"
            )
            let changes = try log.map { try $0.decode("change", as: Int32.self) }
            #expect(changes == Array(1...Int32(changes.count)))
            var expected: Int32 = 0
            for row in log {
                if try row.decode("kind", as: Int16.self) != 3 { expected += 1 }
                #expect(try row.decode("version", as: Int32.self) == expected)
            }
            let outbox = try await hub.hub.pool.query("SELECT change FROM outbox ORDER BY id")
            #expect(try outbox.map { try $0.decode("change", as: Int32.self) } == changes)
            let accepted = try await hub.hub.pool.query(
                "SELECT sum(updated + reinstated)::bigint AS n FROM feed_checkpoint"
            )
            .first
            let applied = Int(try accepted?.decode("n", as: Int64?.self) ?? 0)
            #expect(applied == files * rows)
            #expect(changes.count == 1 + applied + written)
        }
    }

    /// Updates, deletes and reinstates a record by turns, each time on the version it reads.
    ///
    /// - Returns: How many writes were taken.
    private static func write(
        _ hub: HubFixture,
        _ bearer: String,
        _ record: RecordID,
        _ update: JSONValue,
        _ content: JSONValue,
        writer: Int
    ) async throws -> Int {
        let uri = HubFixture.records + "/\(record)"
        var written = 0
        for round in 0..<12 {
            let answer: TestResponse
            switch (round + writer) % 4 {
            case 0: answer = try await hub.send(.delete, uri, authorization: bearer)
            case 1: answer = try await hub.create(content, bearer)
            default:
                let read = try await hub.send(.get, uri, authorization: bearer)
                let tag = read.headers[.eTag] ?? "W/\"1\""
                answer = try await hub.update(record.description, update, bearer, headers: [.ifMatch: tag])
            }
            #expect([200, 201, 204, 404, 412, 422].contains(answer.status.code), "\(answer.status): \(answer.issue)")
            if answer.status.code < 300 { written += 1 }
        }
        return written
    }
}
