package import Feeds
package import Foundation

/// What the store would write for a batch of new records, made beforehand: the bytes of its COPYs and nothing else.
///
/// For measuring the intake against what PostgreSQL can take at most.
package struct PreparedBatch: Sendable {
    let change: BatchChange

    /// Decides about the rows as if none of the records were there yet.
    package init(_ batch: RowBatch, of feed: FeedID, by supplier: Supplier, at committedAt: Date = Date()) {
        var change = BatchChange(batch: batch, feed: feed, supplier: supplier, committedAt: committedAt)
        change.decide()
        self.change = change
    }

    /// How many rows the batch is about.
    package var rows: Int { Int(change.counts.accepted + change.counts.rejected) }
}
