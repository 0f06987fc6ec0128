package import Foundation

/// How far a feed is, and how fast it goes.
package struct FeedProgress: Sendable, Hashable {
    package var feed: FeedSummary
    /// Rows that got their outcome in a second, lately.
    package var rowsPerSecond: Double
    /// How much of the file is applied, 0 to 100.
    package var percent: Double
    /// Seconds until the last row has its outcome; nil while nobody can tell.
    package var secondsLeft: Double?
}

/// Works out speed and time left from what a feed's summary says now and said before.
package struct ProgressMeter: Sendable {
    /// How far back the speed looks.
    private static let window = 10.0

    private var samples: [(time: Double, rows: Int64, bytes: Int64)] = []

    package init() {}

    /// The progress as of a summary.
    ///
    /// - Parameters:
    ///   - feed: The feed as it stands.
    ///   - now: When that is.
    /// - Returns: Its progress; of a first summary, by the average since the feed was begun.
    package mutating func progress(_ feed: FeedSummary, now: Date) -> FeedProgress {
        let time = now.timeIntervalSince1970
        let rows = feed.counts.accepted + feed.counts.rejected
        if samples.isEmpty, let start = feed.startedAt?.timeIntervalSince1970 { samples = [(start, 0, 0)] }
        samples.append((time, rows, feed.appliedBytes))
        while samples.count > 2, samples[1].time <= time - Self.window { samples.removeFirst() }
        let seconds = time - samples[0].time
        let isOver = feed.status.isFinal
        let rate = { (done: Int64) in seconds > 0 ? Double(max(0, done)) / seconds : 0 }
        let bytesPerSecond = rate(feed.appliedBytes - samples[0].bytes)
        let left = Double(max(0, feed.bytes - feed.appliedBytes))
        return FeedProgress(
            feed: feed,
            rowsPerSecond: isOver ? Self.average(feed, rows: rows) : rate(rows - samples[0].rows),
            percent: isOver ? 100 : feed.bytes > 0 ? min(100, 100 * Double(feed.appliedBytes) / Double(feed.bytes)) : 0,
            secondsLeft: isOver ? 0 : bytesPerSecond > 0 ? left / bytesPerSecond : nil
        )
    }

    /// Of a feed that is over: from its first row to its last.
    private static func average(_ feed: FeedSummary, rows: Int64) -> Double {
        guard let start = feed.startedAt, let end = feed.finishedAt, end > start else { return 0 }
        return Double(rows) / end.timeIntervalSince(start)
    }
}
