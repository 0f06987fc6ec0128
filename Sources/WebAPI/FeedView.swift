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
