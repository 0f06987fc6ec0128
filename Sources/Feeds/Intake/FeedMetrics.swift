import Metrics

/// What the intake counts; every label comes from a closed set.
///
/// Made with the service that counts, so that its counters are those of the metrics system the process has set up by then.
struct FeedMetrics: Sendable {
    private let created = rows("created")
    private let updated = rows("updated")
    private let reinstated = rows("reinstated")
    private let deleted = rows("deleted")
    private let rejected = rows("rejected")
    private let batch = Timer(label: "herald.feed.batch.duration")
    private let delays = Counter(label: "herald.feed.delays")
    private let received = Counter(label: "herald.feed.received.bytes")

    /// A batch's transaction is committed.
    func applied(_ counts: RowCounts, in duration: Duration) {
        created.increment(by: counts.created)
        updated.increment(by: counts.updated)
        reinstated.increment(by: counts.reinstated)
        deleted.increment(by: counts.deleted)
        rejected.increment(by: counts.rejected)
        batch.record(duration: duration)
    }

    /// Processing is held back because too many events wait.
    func delayed() { delays.increment() }

    /// A piece of an upload is kept.
    func kept(bytes: Int) { received.increment(by: bytes) }

    /// Nothing more happens to a file.
    func finished(_ status: FeedStatus) {
        Counter(label: "herald.feeds.finished", dimensions: [("status", status.rawValue.lowercased())]).increment()
    }

    private static func rows(_ outcome: String) -> Counter {
        Counter(label: "herald.feed.rows", dimensions: [("outcome", outcome)])
    }
}
