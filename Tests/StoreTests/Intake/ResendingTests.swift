import Feeds
import Foundation
import Gzip
import HeraldTestKit
import Postgres
import Store
import Testing

/// Uploads that are sent again, compressed, or not to be read.
@Suite(.herald, .timeLimit(.minutes(1))) struct ResendingTests {
    private let feed = SampleFeed((0..<5).map { SampleFeed.Row("id-\($0)") })

    @Test func theSameKeyAndContentGiveTheSameFeed() async throws {
        try await withIntake { intake in
            let first = try await intake.receive(feed.name, feed.bytes, key: "a")
            #expect(try await intake.receive(feed.name, feed.bytes, key: "a") == first)
            try await running([Intake.worker(intake.store)]) { try await intake.expectProcessed([first]) }
            #expect(try await intake.receive(feed.name, feed.bytes, key: "a") == first)
            #expect(try await intake.pool.count("SELECT count(*) FROM feed") == 1)
            // Without the key it is a duplicate, which names the feed that has the name.
            let error = await #expect(throws: FeedRefused.self) { try await intake.receive(feed) }
            #expect(error?.error == .duplicateName)
            #expect(error?.earlier == first)
        }
    }

    @Test func theSameKeyWithAnotherNameOrContentIsRefused() async throws {
        try await withIntake { intake in
            let first = try await intake.receive(feed.name, feed.bytes, key: "a")
            for (name, bytes) in [
                (feed.name, feed.bytes.dropLast()), (SampleFeed([], number: 1).name, feed.bytes[...]),
            ] {
                let error = await #expect(throws: IdempotencyKeyReused.self) {
                    try await intake.receive(name, Array(bytes), key: "a")
                }
                #expect(error?.earlier == first)
            }
        }
    }

    @Test func anUploadThatBrokeOffBeginsAnewUnderItsKey() async throws {
        try await withIntake { intake in
            let receiver = FeedReceiver(store: intake.store)
            let broken = AsyncThrowingStream<[UInt8], any Error> { continuation in
                continuation.yield(Array(feed.bytes.prefix(100)))
                continuation.finish(throwing: CancellationError())
            }
            await #expect(throws: CancellationError.self) {
                try await receiver.receive(named: feed.name, from: .operators("test-client"), key: "a", broken)
            }
            let id = try await intake.receive(feed.name, feed.bytes, key: "a")
            #expect(try await intake.store.summary(of: id)?.status == .queued)
        }
    }

    /// The client has gone, the hub does not know yet.
    @Test func aLaterRequestWithTheKeyTakesOver() async throws {
        try await withIntake { intake in
            let (body, continuation) = AsyncStream<[UInt8]>.makeStream()
            let receiver = FeedReceiver(store: intake.store)
            async let earlier = receiver.receive(
                named: feed.name,
                from: .operators("test-client"),
                key: "a",
                body
            )
            try await eventually { try await intake.pool.count("SELECT count(*) FROM feed") == 1 }
            let later = try await intake.receive(feed.name, feed.bytes, key: "a")
            continuation.yield(feed.bytes)
            continuation.finish()
            do {
                _ = try await earlier
                Issue.record("both uploads were taken")
            } catch is UploadSuperseded {}
            #expect(try await intake.store.summary(of: later)?.status == .queued)
            #expect(try await intake.pool.count("SELECT count(*) FROM feed WHERE status = 'Failed'") == 1)
        }
    }

    @Test func aNameThatIsTakenIsRefusedBeforeTheContentIsRead() async throws {
        try await withIntake { intake in
            try await intake.receive(feed)
            let unread = AsyncStream<[UInt8]> {
                Issue.record("the content was read")
                return nil
            }
            await #expect(throws: FeedRefused.self) {
                try await FeedReceiver(store: intake.store)
                    .receive(named: feed.name, from: .operators("test-client"), unread)
            }
        }
    }

    @Test func compressedContentIsKeptDecompressed() async throws {
        try await withIntake { intake in
            let id = try await receive(GzipDeflater.gzip(feed.bytes), intake)
            #expect(try await intake.store.chunk(of: id, at: 0)?.bytes == feed.bytes)
            #expect(try await intake.store.summary(of: id)?.bytes == Int64(feed.bytes.count))
        }
    }

    @Test func limitsAreForTheDecompressedContent() async throws {
        try await withIntake { intake in
            let bomb = try GzipDeflater.gzip([UInt8](repeating: 65, count: 4 << 20))
            let error = await #expect(throws: FeedRefused.self) { try await receive(bomb, intake, limit: 500_000) }
            #expect(error?.error == .fileTooLarge(limit: 500_000))
            let dense = await #expect(throws: FeedRefused.self) { try await receive(bomb, intake) }
            #expect(dense?.error == .unreadableGzip(.tooDense(limit: 400)))
            let cut = await #expect(throws: FeedRefused.self) {
                try await receive(GzipDeflater.gzip(feed.bytes).dropLast(9), intake)
            }
            #expect(cut?.error == .unreadableGzip(.truncated))
            // The name is free again.
            #expect(try await intake.apply(feed).status == .processed)
        }
    }

    @Test func aFileWithoutItsHeaderFailsAsSoonAsItIsHere() async throws {
        try await withIntake { intake in
            let id = try await intake.receive(feed.name, Array("NHS_NUMBER|NAME\r\n1|2\r\n".utf8))
            let failed = try #require(try await intake.store.summary(of: id))
            #expect(failed.status == .failed)
            #expect(failed.reason?.hasPrefix("File headers are invalid.") == true)
            #expect(failed.totalRows == 0)
            #expect(!failed.isAccepted)
            // And a header that is longer than the pieces it is looked at in passes.
            let accepted = try await intake.receive(feed.name, feed.bytes, pieces: 1)
            #expect(try await intake.store.summary(of: accepted)?.isAccepted == true)
        }
    }

    private func receive(
        _ bytes: some Collection<UInt8>,
        _ intake: Intake,
        limit: Int64 = 1 << 30
    ) async throws -> FeedID {
        var limits = FeedLimits()
        limits.fileBytes = limit
        let pieces = AsyncStream<[UInt8]> { continuation in
            continuation.yield(Array(bytes))
            continuation.finish()
        }
        return try await FeedReceiver(store: intake.store, limits: limits)
            .receive(named: feed.name, from: .operators("test-client"), isGzip: true, pieces)
    }
}
