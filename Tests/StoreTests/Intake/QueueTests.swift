import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

/// Files of one supplier and vaccine type, one after another (`csv-feed.md` §9).
@Suite(.herald, .timeLimit(.minutes(1))) struct QueueTests {
    private static func feed(_ number: Int, type: String = "FLU") -> SampleFeed {
        SampleFeed([SampleFeed.Row("\(type)-\(number)")], type: type, number: number)
    }

    @Test func oneFileOfAQueueIsInProgressAtATime() async throws {
        try await withIntake { intake in
            var ids: [FeedID] = []
            for number in 0..<3 { ids.append(try await intake.receive(Self.feed(number))) }
            let other = try await intake.receive(Self.feed(0, type: "MMR"))
            let claims = try await Self.claimAll(intake)
            #expect(claims.map(\.id) == [ids[0], other])
            try await intake.store.finish(claims[0], status: .processed, totalRows: 1, reason: nil)
            #expect(try await Self.claimAll(intake).map(\.id) == [ids[1]])
        }
    }

    @Test func aFileThatWasBegunEarlierAndCameLaterWaitsForTheOneInProgress() async throws {
        try await withIntake { intake in
            let (body, continuation) = AsyncStream<[UInt8]>.makeStream()
            let slow = Self.feed(0)
            async let received = FeedReceiver(store: intake.store).receive(
                named: slow.name,
                from: .operators("test-client"),
                body
            )
            try await eventually { try await intake.pool.count("SELECT count(*) FROM feed") == 1 }
            let fast = try await intake.receive(Self.feed(1))
            let claim = try #require(try await intake.store.claim(owner: UUID(), lease: .seconds(15)))
            #expect(claim.id == fast)
            continuation.yield(slow.bytes)
            continuation.finish()
            let late = try await received
            #expect(try await intake.store.claim(owner: UUID(), lease: .seconds(15)) == nil)
            // Even if the clock were to say that it had been there first.
            try await intake.pool.query(
                "UPDATE feed SET received_at = received_at - interval '1 hour' WHERE id = $1",
                [.uuid(late.uuid)]
            )
            #expect(try await intake.store.claim(owner: UUID(), lease: .seconds(15)) == nil)
            try await intake.store.finish(claim, status: .processed, totalRows: 1, reason: nil)
            #expect(try await intake.store.claim(owner: UUID(), lease: .seconds(15))?.id == late)
        }
    }

    @Test func manyWorkersNeverHaveTwoFilesOfAQueue() async throws {
        try await withIntake { intake in
            var ids: [FeedID] = []
            for number in 0..<20 { ids.append(try await intake.receive(Self.feed(number))) }
            let workers = (0..<3).map { _ in Intake.worker(intake.store, feedsAtOnce: 3) }
            try await running(workers) {
                while try await intake.pool.count("SELECT count(*) FROM feed WHERE status <> 'Processed'") > 0 {
                    let inProgress = try await intake.pool.count(
                        "SELECT count(*) FROM feed WHERE status = 'Processing'"
                    )
                    #expect(inProgress <= 1)
                }
            }
            let order = try await intake.pool.query("SELECT id FROM feed ORDER BY finished_at")
            #expect(try order.map { FeedID(try $0.decode("id", as: UUID.self)) } == ids)
        }
    }

    @Test func aFileWithoutAnEffectDoesNotHoldUpItsQueue() async throws {
        try await withIntake { intake in
            try await intake.receive(Self.feed(0).name, Array("no header".utf8))
            try await intake.receive(Self.feed(1).name, SampleFeed([]).bytes)
            let good = try await intake.receive(Self.feed(2))
            try await running([Intake.worker(intake.store)]) { try await intake.expectProcessed([good]) }
            let statuses = try await intake.store.summaries(limit: 10).map(\.status)
            #expect(statuses == [.processed, .emptyFile, .failed])
        }
    }

    private static func claimAll(_ intake: Intake) async throws -> [FeedClaim] {
        var claims: [FeedClaim] = []
        while let claim = try await intake.store.claim(owner: UUID(), lease: .seconds(15)) { claims.append(claim) }
        return claims
    }
}
