import Feeds

/// A feed's progress as `GET /feeds/{id}/events` sends it.
package struct FeedProgressView: Codable, Sendable {
    package var id: String
    package var filename: String
    package var status: String
    package var reason: String?
    package var bytes: Int64
    package var appliedBytes: Int64
    /// Rows that have their outcome.
    package var rows: Int64
    package var accepted: Int64
    package var rejected: Int64
    package var percent: Double
    package var rowsPerSecond: Double
    package var secondsLeft: Double?

    /// Whether nothing more will happen to the feed.
    package var isFinal: Bool { FeedStatus(rawValue: status)?.isFinal ?? false }

    /// Whether the feed waits for somebody to let it go on.
    package var isStopped: Bool {
        FeedStatus(rawValue: status).map { [.paused, .halted].contains($0) } ?? false
    }

    init(_ progress: FeedProgress) {
        let feed = progress.feed
        id = feed.id.description
        filename = feed.name
        status = feed.status.rawValue
        reason = feed.reason
        bytes = feed.bytes
        appliedBytes = feed.appliedBytes
        accepted = feed.counts.accepted
        rejected = feed.counts.rejected
        rows = accepted + rejected
        percent = (progress.percent * 10).rounded() / 10
        rowsPerSecond = progress.rowsPerSecond.rounded()
        secondsLeft = progress.secondsLeft?.rounded(.up)
    }
}
