import Metrics

/// What the intake counts; every label comes from a closed set.
enum FeedMetrics {
    private static let created = rows("created")
    private static let updated = rows("updated")
    private static let reinstated = rows("reinstated")
    private static let deleted = rows("deleted")
    private static let rejected = rows("rejected")
    private static let batch = Timer(label: "herald.feed.batch.duration")
    private static let received = Counter(label: "herald.feed.received.bytes")

    /// A batch's transaction is committed.
    static func applied(_ counts: RowCounts, in duration: Duration) {
        created.increment(by: counts.created)
        updated.increment(by: counts.updated)
        reinstated.increment(by: counts.reinstated)
        deleted.increment(by: counts.deleted)
        rejected.increment(by: counts.rejected)
        batch.record(duration: duration)
    }

    /// A piece of an upload is kept.
    static func kept(bytes: Int) { received.increment(by: bytes) }

    /// Nothing more happens to a file.
    static func finished(_ status: FeedStatus) {
        Counter(label: "herald.feeds.finished", dimensions: [("status", status.rawValue.lowercased())]).increment()
    }

    private static func rows(_ outcome: String) -> Counter {
        Counter(label: "herald.feed.rows", dimensions: [("outcome", outcome)])
    }
}
