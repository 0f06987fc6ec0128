import Feeds
import Foundation
import Logging
import ServiceLifecycle
import Store
import Vaccination

/// Measures the intake: one feed, kept, checked and applied as a hub does it, with nothing else going on.
struct IntakeBench: Sendable {
    let rows: Int
    let invalidPercent: Int
    let writers: Int
    let batchSize: Int
    let logger: Logger
    /// The feed: the same bytes in each run of the same settings on one day.
    let stream: SampleFeedStream

    init(rows: Int, invalidPercent: Int, writers: Int, batchSize: Int, logger: Logger) {
        self.rows = rows
        self.invalidPercent = invalidPercent
        self.writers = writers
        self.batchSize = batchSize
        self.logger = logger
        stream = SampleFeedStream(rows: rows, seed: 1, now: Date(), invalidPercent: invalidPercent)
    }

    /// What one run came to.
    struct Measurement: Sendable {
        var bytes: Int64
        var accepted: Int64
        var rejected: Int64
        var uploadSeconds: Double
        var applySeconds: Double
        var walBytes: Int64
        /// From the start of the last batch's transaction until the feed was finished.
        var acknowledgementSeconds: Double
        /// Making the BusAck file, which holds every rejected row.
        var acknowledgementFileSeconds: Double
        var peakMemory: Int?
    }

    /// Feeds one file through a store that holds nothing yet.
    func measure(_ store: PostgresStore) async throws -> Measurement {
        // As in a hub, whose counting costs time too.
        MetricsSetup.begin()
        ProcessMemory.forgetPeak()
        let clock = ContinuousClock()
        let uploadStart = clock.now
        let id = try await FeedReceiver(store: store)
            .receive(named: stream.fileName, from: .operators("bench"), AsyncChunks(stream: stream))
        let uploaded = clock.now - uploadStart
        try await store.share(id, among: writers)
        let walStart = try await store.walPosition()
        let feed = try await apply(id, store)
        let wal = try await store.walPosition() - walStart
        let fileStart = clock.now
        for try await _ in try AcknowledgementFiles(store: store).file(.businessCSV, of: feed) {}
        let filed = clock.now - fileStart
        return Measurement(
            bytes: feed.bytes,
            accepted: feed.counts.accepted,
            rejected: feed.counts.rejected,
            uploadSeconds: uploaded / .seconds(1),
            applySeconds: feed.finishedAt.map { $0.timeIntervalSince(feed.startedAt ?? $0) } ?? 0,
            walBytes: wal,
            acknowledgementSeconds: try await store.secondsToAcknowledgement(of: id),
            acknowledgementFileSeconds: filed / .seconds(1),
            peakMemory: ProcessMemory.peak
        )
    }

    /// Runs a hub's feed worker until the feed is finished.
    private func apply(_ id: FeedID, _ store: PostgresStore) async throws -> FeedSummary {
        var configuration = FeedWorkerConfiguration()
        configuration.feedsAtOnce = 1
        configuration.batchSize = batchSize
        let worker = FeedWorker(store: store, configuration: configuration, owner: UUID(), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            defer { group.cancelAll() }
            while true {
                if let feed = try await store.summary(of: id), feed.status.isFinal { return feed }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

/// A feed's chunks as an upload brings them.
struct AsyncChunks: AsyncSequence {
    let stream: SampleFeedStream

    func makeAsyncIterator() -> Iterator { Iterator(chunks: stream.makeIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        var chunks: SampleFeedStream.Iterator

        mutating func next() async -> [UInt8]? { chunks.next() }
    }
}
