package import Feeds
package import Foundation

/// A feed as `GET /feeds/{id}` shows it.
package struct FeedView: Codable, Sendable {
    package var id: String
    package var filename: String?
    package var vaccineType: String?
    package var supplier: String?
    package var status: String
    package var reason: String?
    /// The row at which a halted feed stands.
    package var haltedRow: Int64?
    /// There and true while the feed's queue is paused.
    package var isQueuePaused: Bool?
    package var receivedAt: Date?
    package var startedAt: Date?
    package var finishedAt: Date?
    package var bytes: Int64?
    /// How much of the content has been read and applied.
    package var appliedBytes: Int64?
    package var totalRows: Int64?
    package var created: Int64
    package var updated: Int64
    package var reinstated: Int64
    package var deleted: Int64
    package var rejected: Int64
    /// Accepted rows with warnings.
    package var warned: Int64
    /// The audit record of one feed; not in lists.
    package var history: [FeedEventView]?

    /// Whether nothing more will happen to the feed.
    package var isFinal: Bool { FeedStatus(rawValue: status)?.isFinal ?? false }

    /// Rows that took effect.
    package var accepted: Int64 { created + updated + reinstated + deleted }

    init(_ summary: FeedSummary?, id: FeedID) {
        let counts = summary?.counts ?? RowCounts()
        self.id = id.description
        filename = summary?.name
        vaccineType = summary?.vaccineType
        supplier = summary?.supplier
        status = (summary?.status ?? .queued).rawValue
        reason = summary?.reason
        haltedRow = summary?.haltedRow
        isQueuePaused = summary?.isQueuePaused == true ? true : nil
        receivedAt = summary?.receivedAt
        startedAt = summary?.startedAt
        finishedAt = summary?.finishedAt
        bytes = summary?.bytes
        appliedBytes = summary?.appliedBytes
        totalRows = summary?.totalRows
        created = counts.created
        updated = counts.updated
        reinstated = counts.reinstated
        deleted = counts.deleted
        rejected = counts.rejected
        warned = counts.warned
    }
}

/// Something that happened to a feed, as `GET /feeds/{id}` shows it.
package struct FeedEventView: Codable, Sendable {
    package var at: Date
    package var event: String
    /// Client, operator or worker.
    package var by: String
    package var detail: String?

    init(_ event: FeedEvent) {
        at = event.at
        self.event = event.kind.rawValue
        by = event.actor
        detail = event.detail
    }
}

/// A queue as `GET /feeds/queues` shows it.
package struct FeedQueueView: Codable, Sendable {
    package var supplier: String
    package var vaccineType: String
    package var waiting: Int
    package var current: String?
    package var currentStatus: String?
    package var pausedAt: Date?
    package var pausedBy: String?
    package var pauseReason: String?

    init(_ queue: FeedQueue) {
        supplier = queue.name.supplier
        vaccineType = queue.name.vaccineType
        waiting = queue.waiting
        current = queue.current?.description
        currentStatus = queue.currentStatus?.rawValue
        pausedAt = queue.pause?.at
        pausedBy = queue.pause?.by
        pauseReason = queue.pause?.reason
    }
}

/// A row as `GET /feeds/{id}/rows` shows it, for those who read that.
package struct RowReportView: Codable, Sendable {
    package var row: Int64
    package var outcome: String
    package var uniqueIDURI: String?
    package var uniqueID: String?
    package var recordID: String?
    package var version: Int32?
    package var findings: [StoredFinding]
}
