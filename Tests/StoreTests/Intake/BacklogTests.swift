import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing

/// Too much waits to be routed: feeds are accepted, and processed when there is room again (`delivery.md` §17).
@Suite(.herald, .timeLimit(.minutes(2))) struct BacklogTests {
    private func worker(
        _ store: PostgresStore,
        limit: Int,
        diskLimit: Double? = nil
    ) -> FeedWorker<PostgresStore> {
        var configuration = FeedWorkerConfiguration()
        configuration.batchSize = 10
        configuration.idlePause = .milliseconds(5)
        configuration.waitingLimit = limit
        configuration.diskLimit = diskLimit
        configuration.brakeInterval = .milliseconds(1)
        return FeedWorker(
            store: store,
            configuration: configuration,
            owner: UUID(),
            now: { Intake.now },
            logger: .silent
        )
    }

    private func waiting(_ intake: Intake) async throws -> Int {
        try await intake.pool.count("SELECT count(*) FROM outbox")
    }

    @Test func aFeedStopsInItsMiddleAndGoesOnWhereThereIsRoom() async throws {
        try await withIntake { intake in
            let feed = SampleFeed((0..<300).map { SampleFeed.Row("id-\($0)") })
            let id = try await intake.receive(feed)
            try await running([worker(intake.store, limit: 50)]) {
                try await eventually { try await waiting(intake) > 50 }
                // Batches that were handed over are applied: two of a writer, and there are two writers.
                try await Task.sleep(for: .milliseconds(500))
                let held = try await waiting(intake)
                #expect(held < 150)
                #expect(try await intake.store.summary(of: id)?.status == .processing)
                // Another feed is accepted all the same, and waits.
                let second = try await intake.receive(SampleFeed([SampleFeed.Row("mmr")], type: "MMR", number: 1))
                #expect(try await intake.store.summary(of: second)?.status == .queued)
                #expect(try await waiting(intake) == held)
                // What is routed makes room.
                func isOver() async throws -> Bool {
                    let statuses = try await intake.store.summaries(limit: 2).map(\.status)
                    return statuses == [.processed, .processed]
                }
                while try await !isOver() {
                    try await intake.pool.query("DELETE FROM outbox")
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            #expect(try await intake.pool.count("SELECT count(*) FROM immunization") == 301)
        }
    }

    @Test func aFeedThatIsHeldBackIsGivenBackAtShutdown() async throws {
        try await withIntake { intake in
            let feed = SampleFeed((0..<300).map { SampleFeed.Row("id-\($0)") })
            let id = try await intake.receive(feed)
            try await running([worker(intake.store, limit: 50)]) {
                try await eventually { try await waiting(intake) > 50 }
            }
            try await running([worker(intake.store, limit: 1000)]) { try await intake.expectProcessed([id]) }
            #expect(try await waiting(intake) == 300)
        }
    }

    /// The tests' server is private to this machine, so its disk can be seen.
    @Test func aFeedWaitsWhileTheDisksShareIsAboveTheLimit() async throws {
        try await withIntake { intake in
            let use = try #require(try await intake.store.diskUse())
            #expect(use.share > 0 && use.share < 1 && use.free > 0)
            let id = try await intake.receive(SampleFeed([SampleFeed.Row("id-1")]))
            try await running([worker(intake.store, limit: 1000, diskLimit: use.share / 2)]) {
                try await Task.sleep(for: .milliseconds(300))
                #expect(try await intake.store.summary(of: id)?.status == .queued)
            }
            let higher = use.share + (1 - use.share) / 2
            try await running([worker(intake.store, limit: 1000, diskLimit: higher)]) {
                try await intake.expectProcessed([id])
            }
        }
    }

    @Test func rowsAreCountedWhereTheSpanOfTheirNumbersSaysTooLittle() async throws {
        try await withIntake { intake in
            let store = intake.store
            #expect(try await !store.hasWaiting(moreThan: 0))
            let feed = SampleFeed((0..<20).map { SampleFeed.Row("id-\($0)") })
            let id = try await intake.receive(feed)
            try await running([worker(store, limit: 1000)]) { try await intake.expectProcessed([id]) }
            #expect(try await store.hasWaiting(moreThan: 19))
            #expect(try await !store.hasWaiting(moreThan: 20))
            // The first and the last are left.
            try await intake.pool.query(
                "DELETE FROM outbox WHERE id NOT IN (SELECT min(id) FROM outbox UNION SELECT max(id) FROM outbox)"
            )
            #expect(try await store.hasWaiting(moreThan: 1))
            #expect(try await !store.hasWaiting(moreThan: 2))
        }
    }
}
