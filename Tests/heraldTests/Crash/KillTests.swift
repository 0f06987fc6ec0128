import Events
import Feeds
import Foundation
import HeraldTestKit
import Kafka
import Logging
import NIOCore
import Postgres
import Store
import Subscriptions
import Testing

@testable import herald

/// T-01, T-04, T-24: `kill -9` of the whole hub at random moments of a feed of 100,000 rows.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .serialized, .timeLimit(.minutes(8)))
struct KillTests {
    private static let rows = 100_000
    private static let kills = 3

    @Test(arguments: ["embedded", "kafka"])
    func appliesEachRowOnceAndNumbersEachEventOnce(log: String) async throws {
        try await HubFixture.with { fixture in
            let broker = log == "kafka" ? try InProcessBroker(logger: fixture.hub.logger) : nil
            defer { broker?.close() }
            let id = try await upload(to: fixture.hub)
            let feed = fixture.directory + "/nis"
            var environment = [
                "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": fixture.directory,
                "HERALD_HTTP_ADDRESS": "127.0.0.1:0", "HERALD_FEED_DIRECTORY": feed, "HERALD_LEASE": "2",
                "HERALD_FEED_INTERVAL": "1", "HERALD_PUBLIC_URL": "http://127.0.0.1:8480",
            ]
            environment["HERALD_KAFKA_BOOTSTRAP_SERVERS"] = broker?.bootstrapServers
            try broker?.createTopic("herald.vaccination-events", partitions: 12)

            var random = SystemRandomNumberGenerator()
            for _ in 0..<Self.kills {
                let hub = try HeraldProcess(["serve"], environment: environment, log: fixture.directory + "/log")
                try await hub.waitFor("herald is ready", after: hub.logText.count)
                try await Task.sleep(for: .milliseconds(Int.random(in: 200...2500, using: &random)))
                hub.killAtOnce()
            }
            let hub = try HeraldProcess(["serve"], environment: environment, log: fixture.directory + "/log")
            try await until(.seconds(240)) {
                try await fixture.hub.store.summary(of: id)?.status == .processed
            }
            try await until(.seconds(240)) {
                let lane = try await fixture.hub.store.allProgress().first
                return lane?.deliveredThrough == Int64(Self.rows)
            }
            #expect(hub.stop() == 0)
            try await check(fixture.hub, id)
        }
    }

    /// The ledger: rows accepted = records = versions = numbered events, no gap, no double.
    private func check(_ hub: Hub, _ id: FeedID) async throws {
        let counts = try #require(try await hub.store.summary(of: id)).counts
        #expect(counts.created == Self.rows)
        #expect(counts.rejected == 0)
        for (what, query) in [
            ("records", "SELECT count(*) FROM immunization"),
            ("versions", "SELECT count(*) FROM immunization_version WHERE change = 1 AND version = 1"),
            ("rows", "SELECT count(DISTINCT row_number) FROM immunization_version"),
            ("events", "SELECT count(*) FROM event"),
            ("numbers", "SELECT count(DISTINCT number) FROM subscription_event"),
            ("numbered records", "SELECT count(DISTINCT (record_id, change)) FROM subscription_event"),
            ("the last number", "SELECT max(number) FROM subscription_event"),
        ] {
            let row = try #require(try await hub.pool.query(query, []).first)
            #expect(try row.decode(0, as: Int.self) == Self.rows, "\(what)")
        }
        #expect(try await hub.store.depth().waiting == 0)
    }

    private func upload(to hub: Hub) async throws -> FeedID {
        let stream = SampleFeedStream(rows: Self.rows, seed: 7, now: Date())
        return try await FeedReceiver(store: hub.store).receive(
            named: stream.fileName,
            from: .operators("site"),
            AsyncStream { continuation in
                for chunk in stream { continuation.yield(chunk) }
                continuation.finish()
            }
        )
    }

    private func until(_ limit: Duration, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record("not reached within \(limit)")
                return
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
