import Feeds
import Foundation
import HeraldTestKit
import Logging
import Postgres
import Store
import Testing

@testable import herald

/// Two `herald serve` share out the queues: one file of a queue at a time, in the order of arrival, several side by side.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .serialized, .timeLimit(.minutes(5)))
struct TwoProcessTests {
    private static let rows = 4000
    private static let files = 4

    @Test func twoProcessesApplyTwoSuppliersFilesInOrderAndSideBySideAlsoWhenOneIsKilled() async throws {
        try await HubFixture.with { fixture in
            var ids: [String: [FeedID]] = [:]
            for number in 0..<Self.files {
                for supplier in [SampleFeed.emis, SampleFeed.tpp] {
                    ids[supplier, default: []].append(try await upload(Self.feed(supplier, number), fixture))
                }
            }
            let environment = [
                "HERALD_DATABASE_URL": ScratchDatabase.url, "HERALD_DATA_DIR": fixture.directory,
                "HERALD_HTTP_ADDRESS": "127.0.0.1:0", "HERALD_LEASE": "1",
            ]
            func hub(_ number: Int) throws -> HeraldProcess {
                try HeraldProcess(
                    ["serve", "--roles", "intake"],
                    environment: environment,
                    log: fixture.directory + "/log-\(number)"
                )
            }
            // The one that is killed is one that has files: which of several takes them first, nobody knows.
            let killed = try hub(0)
            try await until { try await fixture.count("SELECT count(*) FROM feed_event WHERE kind = 'claimed'") > 0 }
            let hubs = try [hub(1), hub(2)]
            try await until { try await fixture.count("SELECT count(*) FROM feed WHERE status = 'Processed'") > 0 }
            killed.killAtOnce()
            // Before that a signal to stop ends them at once.
            for hub in hubs { try await hub.waitFor("herald is ready") }
            try await until {
                try await fixture.count("SELECT count(*) FROM feed WHERE status = 'Processed'") == Self.files * 2
            }
            for hub in hubs { #expect(hub.stop() == 0) }
            try await check(fixture, ids)
        }
    }

    private func check(_ fixture: HubFixture, _ ids: [String: [FeedID]]) async throws {
        for (supplier, sent) in ids {
            let finished = try await fixture.hub.pool.query(
                "SELECT id FROM feed WHERE ods_code = $1 ORDER BY finished_at",
                [.text(supplier)]
            )
            #expect(try finished.map { FeedID(try $0.decode("id", as: UUID.self)) } == sent, "the order of arrival")
        }
        // Each file's span from its first claim to its end.
        let spans = """
            WITH span AS (
                SELECT f.id, f.supplier, min(e.at) FILTER (WHERE e.kind = 'claimed') AS began,
                    max(e.at) FILTER (WHERE e.kind = 'finished') AS ended
                FROM feed f JOIN feed_event e ON e.feed_id = f.id GROUP BY f.id, f.supplier)
            SELECT count(*) FROM span a JOIN span b ON a.id < b.id AND a.began < b.ended AND b.began < a.ended
            """
        #expect(try await fixture.count("\(spans) AND a.supplier = b.supplier") == 0, "one file of a queue at a time")
        #expect(try await fixture.count("\(spans) AND a.supplier <> b.supplier") > 0, "two queues side by side")
        #expect(
            try await fixture.count("SELECT count(DISTINCT actor) FROM feed_event WHERE kind = 'claimed'") > 1,
            "several processes had files"
        )
        let outcomes = Self.files * 2 * Self.rows
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM (SELECT feed_id, row_number FROM immunization_version
                    UNION ALL SELECT feed_id, row_number FROM feed_row) r
                """
            ) == outcomes
        )
        #expect(
            try await fixture.count(
                """
                SELECT count(*) FROM immunization i WHERE i.change <> (
                    SELECT count(*) FROM immunization_version v WHERE v.immunization_id = i.id)
                """
            ) == 0,
            "changes count up without gap, also of records that both suppliers changed"
        )
    }

    /// Half of the identities are those of the other supplier too.
    private static func feed(_ supplier: String, _ number: Int) -> SampleFeed {
        var random = SplitMix(seed: UInt64(number))
        return SampleFeed(
            (0..<rows).map { row in
                let owner = row.isMultiple(of: 2) ? "shared" : supplier
                return SampleFeed.Row("\(owner)-\(random.next() % UInt64(rows))", number == 0 ? "new" : "update")
            },
            from: supplier,
            number: number
        )
    }

    private func upload(_ feed: SampleFeed, _ fixture: HubFixture) async throws -> FeedID {
        let (body, continuation) = AsyncStream<[UInt8]>.makeStream()
        continuation.yield(feed.bytes)
        continuation.finish()
        return try await FeedReceiver(store: fixture.hub.store).receive(
            named: feed.name,
            from: .operators("test"),
            body
        )
    }

    private func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(240)
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record("not reached in time")
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

extension HubFixture {
    fileprivate func count(_ sql: String) async throws -> Int { try await hub.pool.count(sql) }
}
