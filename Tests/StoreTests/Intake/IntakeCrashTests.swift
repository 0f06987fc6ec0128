import Feeds
import Foundation
import HeraldTestKit
import Postgres
import ServiceLifecycle
import Store
import Synchronization
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(2))) struct IntakeCrashTests {
    private static func feed(_ rows: Int, seed: UInt64) -> SampleFeed {
        var random = SplitMix(seed: seed)
        return SampleFeed(random.rows(rows, identities: rows / 3))
    }

    /// Connections that break in any statement, COMMIT included: each row is applied once all the same.
    @Test func connectionsBreakAnywhere() async throws {
        try await withIntake { intake in
            let feed = Self.feed(400, seed: 1)
            let id = try await intake.receive(feed)
            try await ScratchDatabase.withStore(named: "worker") { store, _ in
                let worker = Intake.worker(store, batchSize: 7, lease: .milliseconds(300))
                try await running([worker]) {
                    var random = SplitMix(seed: 2)
                    while try await intake.progresses(id) {
                        try await Task.sleep(for: .microseconds(random.number(in: 0...12_000)))
                        try await intake.pool.endSessions(named: "worker")
                    }
                }
            }
            try await intake.expectApplied(feed, id)
        }
    }

    /// Workers that are cancelled anywhere, and others that take their place.
    @Test func workersAreKilledAnywhere() async throws {
        try await withIntake { intake in
            let feed = Self.feed(500, seed: 3)
            let id = try await intake.receive(feed)
            var random = SplitMix(seed: 4)
            var kills = 0
            while try await intake.store.summary(of: id)?.status.isFinal != true {
                let worker = Intake.worker(intake.store, batchSize: 11, lease: .milliseconds(40))
                try await runningUntilCancelled(worker) {
                    _ = try await intake.progresses(id)
                    try await Task.sleep(for: .microseconds(random.number(in: 0...8000)))
                }
                kills += 1
            }
            #expect(kills > 5)
            try await intake.expectApplied(feed, id)
        }
    }

    /// A shutdown ends the work at the next batch, and the feed is free for whoever comes next.
    @Test func shutdownAppliesWhatIsInHandAndGivesTheFeedBack() async throws {
        try await withIntake { intake in
            // Several chunks: shutdown is looked at between them.
            let feed = Self.feed(5000, seed: 5)
            let id = try await intake.receive(feed)
            try await running([Intake.worker(intake.store, batchSize: 25)]) {
                try await eventually { try await intake.outcomes() > 0 }
            }
            #expect(try await intake.store.summary(of: id)?.status == .processing)
            #expect((1..<5000).contains(try await intake.outcomes()))
            #expect(try await intake.pool.count("SELECT count(*) FROM feed WHERE lease_until IS NULL") == 1)
            try await IntakeAudit.check(intake.pool)
            try await running([Intake.worker(intake.store)]) { try await intake.expectProcessed([id]) }
            try await intake.expectApplied(feed, id)
        }
    }

    /// Leases that are over before they are renewed: several workers apply one feed at once, each row once.
    @Test func workersThatTakeTheFeedFromEachOtherApplyEachRowOnce() async throws {
        try await withIntake { intake in
            let feed = Self.feed(600, seed: 6)
            let id = try await intake.receive(feed)
            try await ScratchDatabase.withStore(connections: 20) { store, pool in
                let workers = (0..<3).map { index in
                    Intake.worker(store, batchSize: 5 + index, lease: .milliseconds(20)) as any Service
                }
                try await running(workers) {
                    while try await intake.store.summary(of: id)?.status.isFinal != true {
                        // As if its worker had slept past its lease.
                        try await intake.pool.query("UPDATE feed SET lease_until = now() - interval '1 s'")
                    }
                }
            }
            #expect(try await intake.pool.count("SELECT lease_epoch FROM feed") > 3)
            try await intake.expectApplied(feed, id)
        }
    }

    @Test func theCheckpointFencesWhoLostTheFeed() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed((0..<6).map { SampleFeed.Row("id-\($0)") }))
            let first = try #require(try await intake.store.claim(owner: UUID(), lease: .milliseconds(1)))
            var claims: [FeedClaim] = []
            try await eventually {
                if let claim = try await intake.store.claim(owner: UUID(), lease: .seconds(15)) { claims.append(claim) }
                return !claims.isEmpty
            }
            let second = claims[0]
            #expect(second.epoch > first.epoch)
            #expect(try await intake.store.renew(first, lease: .seconds(15)) == false)

            let supplier = Suppliers.builtIn(SampleFeed.emis)
            func batch(_ claim: FeedClaim, through row: Int64) -> RowBatch {
                let end = FeedPosition(byteOffset: 1000 * row, rowNumber: row, headerRead: true)
                let rows = (1...row).map { PendingRow(rowNumber: $0, end: end, check: .rejected([], nil)) }
                return RowBatch(writer: 0, after: claim.checkpoints[0], through: end, rows: rows)
            }
            try await intake.store.apply(batch(second, through: 3), of: second, by: supplier)
            await #expect(throws: FeedLost.self) {
                try await intake.store.apply(batch(first, through: 2), of: first, by: supplier)
            }
            // The same batch again: the answer to its COMMIT was lost.
            try await intake.store.apply(batch(second, through: 3), of: second, by: supplier)
            await #expect(throws: FeedLost.self) {
                try await intake.store.finish(first, status: .processed, totalRows: 6, reason: nil)
            }
            #expect(try await intake.rejected(id).count == 3)
            #expect(try await intake.store.summary(of: id)?.counts.rejected == 3)
        }
    }

    /// The last row never ends; the worker dies after it is recorded and before the feed is finished.
    @Test(arguments: [5, 6]) func aCrashRightBeforeTheEndOfABrokenFileRejectsItsLastRowOnce(
        _ goodRows: Int
    ) async throws {
        try await withIntake { intake in
            let rows = (0..<goodRows).map { SampleFeed.Row("id-\($0)") }
            let bytes = SampleFeed(rows).bytes + Array("\"9990548609\"|\"Florence".utf8)
            let id = try await intake.receive(SampleFeed([]).name, bytes)
            let attempts = Mutex(0)
            var failing = FeedStoreProbe(store: intake.store)
            failing.isOwn = { $0 is Broken }
            failing.beforeFinish = {
                let count = attempts.withLock {
                    $0 += 1
                    return $0
                }
                if count <= 3 { throw Broken() }
            }
            try await running([Intake.worker(failing, batchSize: 2)]) {
                let summary = try await intake.finished(id)
                #expect(summary.status == .failed)
                #expect(summary.totalRows == Int64(goodRows + 1))
            }
            #expect(attempts.withLock(\.self) == 4)
            #expect(try await intake.rejected(id) == [Int64(goodRows + 1): ["SYNTAX"]])
            #expect(try await intake.store.summary(of: id)?.counts.created == Int64(goodRows))
            try await IntakeAudit.check(intake.pool)
        }
    }
}

extension Intake {
    /// How many rows have an outcome.
    fileprivate func outcomes() async throws -> Int {
        try await pool.count(
            "SELECT sum(created + updated + reinstated + deleted + rejected)::bigint FROM feed_checkpoint"
        )
    }

    /// Waits until some more rows have an outcome; false when the feed has come to its end.
    fileprivate func progresses(_ id: FeedID) async throws -> Bool {
        let before = try await outcomes()
        var isFinal = false
        try await eventually {
            isFinal = try await store.summary(of: id)?.status.isFinal == true
            if isFinal { return true }
            return try await outcomes() > before
        }
        return !isFinal
    }

    /// Compares with the plain rules, for a first file.
    fileprivate func expectApplied(_ feed: SampleFeed, _ id: FeedID) async throws {
        var model = IntakeModel()
        let expected = model.apply(feed, vaccineType: "FLU", supplier: Suppliers.builtIn(SampleFeed.emis))
        let summary = try #require(try await store.summary(of: id))
        #expect(summary.status == .processed)
        #expect(summary.totalRows == Int64(feed.rows.count))
        #expect(try await rejected(id) == expected)
        try await expect(model)
    }
}

private struct Broken: Error {}
