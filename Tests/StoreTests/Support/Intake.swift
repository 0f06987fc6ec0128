import Feeds
import Foundation
import HeraldTestKit
import Postgres
import Store
import Testing
import Vaccination

/// Uploads files and has them applied.
struct Intake: Sendable {
    let store: PostgresStore
    let pool: PostgresPool

    /// After all dates of the samples that count as past, before those that count as future.
    static let now = Date(timeIntervalSince1970: 1_767_225_600)

    /// Makes a worker that is quick to look and to try again.
    static func worker(
        _ store: some FeedStore,
        batchSize: Int = 2500,
        feedsAtOnce: Int = 2,
        lease: Duration = .seconds(15),
        limits: FeedLimits = FeedLimits()
    ) -> FeedWorker<some FeedStore> {
        var configuration = FeedWorkerConfiguration()
        configuration.batchSize = batchSize
        configuration.feedsAtOnce = feedsAtOnce
        configuration.lease = lease
        configuration.idlePause = .milliseconds(5)
        configuration.failurePause = .milliseconds(10)
        configuration.limits = limits
        return FeedWorker(
            store: store,
            configuration: configuration,
            owner: UUID(),
            now: { now },
            logger: .silent
        )
    }

    /// Receives a file, cut into pieces of this size.
    @discardableResult
    func receive(
        _ name: String,
        _ bytes: [UInt8],
        pieces size: Int = 10_000,
        limits: FeedLimits = FeedLimits(),
        key: String? = nil,
        from sender: String = "test-client"
    ) async throws -> FeedID {
        let (stream, continuation) = AsyncStream<ArraySlice<UInt8>>.makeStream()
        var rest = bytes[...]
        while !rest.isEmpty {
            continuation.yield(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        continuation.finish()
        return try await FeedReceiver(store: store, limits: limits)
            .receive(named: name, from: .operators(sender), key: key, stream)
    }

    @discardableResult
    func receive(_ feed: SampleFeed) async throws -> FeedID { try await receive(feed.name, feed.bytes) }

    /// Waits until a feed has come to its end.
    func finished(_ id: FeedID, within limit: Duration = .seconds(60)) async throws -> FeedSummary {
        try await eventually(within: limit, "the end of the feed") {
            try await store.summary(of: id)?.status.isFinal == true
        }
        return try #require(try await store.summary(of: id))
    }

    /// Waits until feeds have come to a good end.
    func expectProcessed(_ ids: [FeedID]) async throws {
        for id in ids {
            let summary = try await finished(id)
            #expect(summary.status == .processed)
        }
    }

    /// Receives a file and applies it, with a worker for it alone.
    func apply(
        _ name: String,
        _ bytes: [UInt8],
        batchSize: Int = 2500,
        limits: FeedLimits = FeedLimits()
    ) async throws
        -> FeedSummary
    {
        let id = try await receive(name, bytes, limits: limits)
        return try await running([Self.worker(store, batchSize: batchSize, limits: limits)]) { try await finished(id) }
    }

    func apply(_ feed: SampleFeed, batchSize: Int = 2500) async throws -> FeedSummary {
        try await apply(feed.name, feed.bytes, batchSize: batchSize)
    }

    /// The codes of each rejected row.
    func rejected(_ id: FeedID) async throws -> [Int64: [String]] {
        let rows = try await store.rejectedRows(of: id, after: 0, limit: 100_000)
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.rowNumber, $0.findings.map(\.code)) })
    }
}

/// Lends a store to receive and apply files with.
func withIntake(_ body: (Intake) async throws -> Void) async throws {
    try await ScratchDatabase.withStore(named: "test") { store, pool in
        try await body(Intake(store: store, pool: pool))
    }
}
