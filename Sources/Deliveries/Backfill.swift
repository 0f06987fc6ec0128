package import Events
package import Foundation
package import Vaccination

/// A part of a back-fill: records as they stand now, for a subscriber that was not there when they were written (D-53).
///
/// It carries no events: its records have no numbers, and the subscription's numbering is not touched.
package struct BackfillJob: Sendable, Hashable {
    /// The request it belongs to; notifications name it in `Herald-Backfill`.
    package var id: UUID
    /// What makes the bytes the same on each attempt; its numbers are the places of the records, from 1.
    package var batch: FrozenBatch
    /// The records, each at a change.
    package var records: [BackfilledRecord]
    /// The subscription's events when the back-fill was asked for.
    package var total: Int64

    package init(id: UUID, batch: FrozenBatch, records: [BackfilledRecord], total: Int64) {
        self.id = id
        self.batch = batch
        self.records = records
        self.total = total
    }
}

/// A record at the change it is sent in.
package struct BackfilledRecord: Sendable, Hashable {
    package var record: RecordID
    package var change: Int32

    package init(_ record: RecordID, change: Int32) {
        self.record = record
        self.change = change
    }
}

/// Which records a back-fill brings.
package struct BackfillWindow: Sendable, Hashable {
    /// Changed last at this time or later.
    package var since: Date?
    /// Changed last before this time.
    package var until: Date?

    package init(since: Date? = nil, until: Date? = nil) {
        self.since = since
        self.until = until
    }
}

/// What became of a wish for a back-fill.
package enum BackfillAnswer: Sendable, Hashable {
    case filed(UUID)
    /// One is under way already.
    case underWay(UUID)
}

/// Queues back-fills; implemented on PostgreSQL.
package protocol BackfillRequests: Sendable {
    /// What the audit trail holds of a change; its target is not known here.
    associatedtype AuditEntry: Sendable

    /// Queues a back-fill with the audit entry, in one transaction: the records that a subscription's filter matches now, but
    /// none that live delivery has brought or will bring.
    ///
    /// - Parameters:
    ///   - id: The subscription.
    ///   - window: Which records.
    ///   - order: Who asks for it, and how fast it may go.
    ///   - audit: Makes the audit entry; none is written where one is under way.
    /// - Returns: What became of it.
    /// - Throws: ``DeliveryOfficeError``, and what the database throws.
    func requestBackfill(
        of id: SubscriptionID,
        _ window: BackfillWindow,
        _ order: JobOrder,
        audit: @Sendable () -> AuditEntry
    ) async throws -> BackfillAnswer
}
