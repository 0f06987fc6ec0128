import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

@Suite(.herald, .timeLimit(.minutes(1))) struct UploadTests {
    private static let rows = (0..<5).map { SampleFeed.Row("id-\($0)") }

    @Test func theWholeContentIsKeptInPieces() async throws {
        try await withIntake { intake in
            let bytes =
                SampleFeed([]).bytes + (0..<(5 * FeedChunk.size / 2)).map { UInt8(truncatingIfNeeded: $0 % 251) }
            let id = try await intake.receive(SampleFeed([]).name, bytes, pieces: 70_001)
            var kept: [UInt8] = []
            while let chunk = try await intake.store.chunk(of: id, at: Int64(kept.count)) {
                #expect(chunk.start == Int64(kept.count))
                kept += chunk.bytes
            }
            #expect(kept == bytes)
            let middle = try await intake.store.chunk(of: id, at: Int64(FeedChunk.size + 17))
            #expect(middle?.start == Int64(FeedChunk.size))
            let summary = try #require(try await intake.store.summary(of: id))
            #expect(summary.bytes == Int64(bytes.count))
            #expect(summary.status == .queued)
        }
    }

    @Test func aNameThatCannotBeTakenIsRefusedAndOnFile() async throws {
        try await withIntake { intake in
            for (name, status) in [
                ("FLU.csv", FeedStatus.failed), ("HPV_Vaccinations_v5_8HK48_20250119T08000800.csv", .unauthorised),
            ] {
                let error = await #expect(throws: FeedRefused.self) { try await intake.receive(name, []) }
                let refused = try #require(error)
                let summary = try #require(try await intake.store.summary(of: refused.id))
                #expect(summary.status == status)
                #expect(summary.reason == refused.error.sentence)
                #expect(summary.finishedAt != nil)
            }
        }
    }

    @Test func aFileThatIsTooLargeIsRefused() async throws {
        try await withIntake { intake in
            var limits = FeedLimits()
            limits.fileBytes = 1000
            let receiver = FeedReceiver(store: intake.store, limits: limits)
            let body = AsyncStream<[UInt8]> { continuation in
                for _ in 0..<3 { continuation.yield([UInt8](repeating: 65, count: 500)) }
                continuation.finish()
            }
            let error = await #expect(throws: FeedRefused.self) {
                try await receiver.receive(named: SampleFeed([]).name, from: .operators("test-client"), body)
            }
            let refused = try #require(error)
            #expect(refused.error == .fileTooLarge(limit: 1000))
            #expect(try await intake.store.summary(of: refused.id)?.status == .failed)
        }
    }

    @Test func anUploadThatBreaksOffHasNoEffect() async throws {
        try await withIntake { intake in
            let feed = SampleFeed(Self.rows)
            let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
                continuation.yield(feed.bytes)
                continuation.finish(throwing: ConnectionLost())
            }
            await #expect(throws: ConnectionLost.self) {
                try await FeedReceiver(store: intake.store).receive(
                    named: feed.name,
                    from: .operators("test-client"),
                    body
                )
            }
            #expect(try await intake.store.claim(owner: UUID(), lease: .seconds(15)) == nil)
            let summary = try #require(try await intake.store.summaries(limit: 1).first)
            #expect(summary.status == .failed)
            // The name is free again.
            let second = try await intake.apply(feed)
            #expect(second.status == .processed)
            #expect(second.counts.created == 5)
        }
    }

    @Test func anUploadThatFellSilentIsGivenUpAndStillTakenWhenItGoesOn() async throws {
        try await withIntake { intake in
            let feed = SampleFeed(Self.rows)
            let (body, continuation) = AsyncStream<[UInt8]>.makeStream()
            let receiver = FeedReceiver(store: intake.store)
            async let received = receiver.receive(named: feed.name, from: .operators("test-client"), body)
            try await eventually { try await intake.pool.count("SELECT count(*) FROM feed") == 1 }
            try await intake.pool.query("UPDATE feed SET lease_until = now() - interval '1 s'")
            #expect(try await intake.store.claim(owner: UUID(), lease: .seconds(15)) == nil)
            let silent = try #require(try await intake.store.summaries(limit: 1).first)
            #expect(silent.status == .failed)
            #expect(silent.reason != nil)
            continuation.yield(feed.bytes)
            continuation.finish()
            let id = try await received
            let queued = try #require(try await intake.store.summary(of: id))
            #expect(queued.status == .queued)
            #expect(queued.reason == nil)
            #expect(queued.finishedAt == nil)
        }
    }

    @Test func aLateAbandonDoesNotUndoAQueuedFeed() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(SampleFeed(Self.rows))
            try await intake.store.abandon(id, status: .failed, reason: "The upload broke off.")
            #expect(try await intake.store.summary(of: id)?.status == .queued)
        }
    }

    @Test func aNameCountsOnceWhileItWaitsAndForGoodWhenItIsProcessed() async throws {
        try await withIntake { intake in
            let feed = SampleFeed(Self.rows)
            let first = try await intake.receive(feed)
            for _ in 0..<2 {
                let error = await #expect(throws: FeedRefused.self) { try await intake.receive(feed) }
                let refused = try #require(error)
                #expect(refused.error == .duplicateName)
                let summary = try #require(try await intake.store.summary(of: refused.id))
                #expect(summary.status == .duplicate)
                #expect(summary.reason == FeedFileError.duplicateName.sentence)
                try await running([Intake.worker(intake.store)]) { try await intake.expectProcessed([first]) }
            }
            #expect(try await intake.store.summary(of: first)?.counts.created == 5)
            // Another case is another name.
            let other = try await intake.apply(feed.name.lowercased(), feed.bytes)
            #expect(other.counts.rejected == 5)
        }
    }

    @Test func ofFilesOfOneNameAtOnceOneIsTaken() async throws {
        try await withIntake { intake in
            let feed = SampleFeed(Self.rows)
            let taken = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<6 { group.addTask { (try? await intake.receive(feed)) != nil } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(taken == 1)
            let refused = try await intake.pool.count("SELECT count(*) FROM feed WHERE status LIKE '%Duplicate'")
            #expect(refused == 5)
        }
    }

    @Test func aNameWhoseFileFailedMayBeUsedAgain() async throws {
        try await withIntake { intake in
            let feed = SampleFeed(Self.rows)
            let first = try await intake.apply(feed.name, Array("not a header\r\n".utf8))
            #expect(first.status == .failed)
            let second = try await intake.apply(feed)
            #expect(second.status == .processed)
        }
    }
}

private struct ConnectionLost: Error {}
