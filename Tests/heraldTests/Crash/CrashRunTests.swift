import Feeds
import Foundation
import HeraldTestKit
import Logging
import Postgres
import Store
import Testing
import Vaccination

@testable import herald

/// `kill -9` of `herald serve` at random points: the report of all rows equals the one of an undisturbed run.
///
/// `HERALD_TEST_CRASH_RUNS` says how many runs; each is killed up to three times.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .serialized, .timeLimit(.minutes(60)))
struct CrashRunTests {
    private static let rows = 12_000
    private static var runs: Int {
        ProcessInfo.processInfo.environment["HERALD_TEST_CRASH_RUNS"].flatMap { Int($0) } ?? 6
    }

    @Test func theRowsReportIsThatOfAnUndisturbedRun() async throws {
        try await HubFixture.with { fixture in
            let feed = Self.feed()
            let started = ContinuousClock.now
            let undisturbed = try await run(feed, kills: [], fixture)
            let duration = ContinuousClock.now - started
            #expect(undisturbed.count == Self.rows)
            #expect(
                Set(undisturbed.map(\.outcome)).count > 4,
                "creates, updates, reinstates, removes, and several findings"
            )

            var random = SystemRandomNumberGenerator()
            for number in 1...Self.runs {
                let kills = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    duration * Double.random(in: 0.05...1, using: &random)
                }
                let report = try await run(feed, kills: kills, fixture)
                #expect(report == undisturbed, "run \(number), killed after \(kills)")
            }
        }
    }

    /// One row's outcome, with the record's version where it took effect.
    private struct RowOutcome: Equatable {
        let row: Int64
        let recordID: UUID?
        let version: Int?
        let outcome: String
    }

    /// Applies the file on empty tables, killing the hub after each of these times, and once more to the end.
    private func run(_ feed: SampleFeed, kills: [Duration], _ fixture: HubFixture) async throws -> [RowOutcome] {
        try await fixture.hub.pool.query(
            """
            TRUNCATE feed, feed_chunk, feed_checkpoint, feed_row, feed_event, immunization, immunization_version, outbox CASCADE
            """
        )
        let (body, continuation) = AsyncStream<[UInt8]>.makeStream()
        continuation.yield(feed.bytes)
        continuation.finish()
        let id = try await FeedReceiver(store: fixture.hub.store).receive(
            named: feed.name,
            from: .operators("test"),
            body
        )
        for time in kills {
            let hub = try Self.serve(fixture)
            try await Task.sleep(for: time)
            hub.killAtOnce()
        }
        let hub = try Self.serve(fixture)
        // Before that a signal to stop ends it at once.
        try await hub.waitFor("herald is ready", after: hub.logText.count)
        let deadline = ContinuousClock.now + .seconds(180)
        while try await fixture.hub.store.summary(of: id)?.status.isFinal != true, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(hub.stop() == 0)
        let summary = try #require(try await fixture.hub.store.summary(of: id))
        #expect(summary.status == .processed)
        #expect(summary.counts.accepted + summary.counts.rejected == Int64(feed.rows.count))
        #expect(try await fixture.hub.pool.count("SELECT count(*) FROM outbox") == Int(summary.counts.accepted))
        return try await report(id, fixture)
    }

    private static func serve(_ fixture: HubFixture) throws -> HeraldProcess {
        let environment = [
            "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": fixture.directory,
            "HERALD_HTTP_ADDRESS": "127.0.0.1:0", "HERALD_LEASE": "1",
        ]
        return try HeraldProcess(
            ["serve", "--roles", "intake"],
            environment: environment,
            log: fixture.directory + "/log"
        )
    }

    private func report(_ id: FeedID, _ fixture: HubFixture) async throws -> [RowOutcome] {
        let rows = try await fixture.hub.pool.query(
            """
            SELECT row_number, immunization_id, version, kind || ' change ' || change AS outcome
            FROM immunization_version WHERE feed_id = $1
            UNION ALL SELECT row_number, NULL, NULL, findings::text FROM feed_row WHERE feed_id = $1
            ORDER BY row_number
            """,
            [.uuid(id.uuid)]
        )
        return try rows.map { row in
            RowOutcome(
                row: try row.decode("row_number", as: Int64.self),
                recordID: try row.decode("immunization_id", as: UUID?.self),
                version: try row.decode("version", as: Int?.self),
                outcome: try row.decode("outcome", as: String.self)
            )
        }
    }

    /// Some identities many times, with every action, and a wrong row among fifty.
    private static func feed() -> SampleFeed {
        var random = SplitMix(seed: 50)
        let actions = ["new", "new", "update", "delete"]
        return SampleFeed(
            (0..<rows).map { number in
                SampleFeed.Row(
                    "id-\(random.next() % UInt64(rows / 2))",
                    actions[Int(random.next() % 4)],
                    number.isMultiple(of: 50) ? [.nhsNumber: "9990548600", .doseSequence: "0"] : [:]
                )
            }
        )
    }
}
