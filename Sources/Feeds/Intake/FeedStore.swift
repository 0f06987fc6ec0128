package import Foundation
package import Vaccination

/// Where uploads, their rows' effects and their progress are kept; owned by the intake, implemented on PostgreSQL.
package protocol FeedStore: ReferenceReader {
    /// Files an upload that is about to arrive; an unfinished one with the same key is given up for it.
    ///
    /// - Throws: ``UploadSuperseded`` when another request with the key was quicker.
    func begin(_ feed: ReceivedFeed) async throws

    /// Files an upload that is refused as a whole, so that it can be seen.
    func refuse(_ feed: ReceivedFeed, status: FeedStatus, reason: String) async throws

    /// The finished upload of a client under its own key for it.
    func keptUpload(_ key: String, of client: String) async throws -> KeptUpload?

    /// The feed that a name belongs to: one that waits, is being processed or was processed.
    func holder(ofName name: String) async throws -> FeedID?

    /// Keeps a piece of the content durably.
    ///
    /// - Throws: ``UploadSuperseded`` when the upload was begun anew.
    func append(_ bytes: [UInt8], chunk: Int, start: Int64, to id: FeedID) async throws

    /// Says that the content is complete; from here on the feed waits for its turn, or is failed.
    ///
    /// - Parameters:
    ///   - id: The feed.
    ///   - content: What has been kept of it.
    ///   - status: ``FeedStatus/queued``, ``FeedStatus/forwarding``, or ``FeedStatus/failed`` with the reason.
    ///   - reason: What is wrong with the file.
    /// - Throws: ``FeedFileError/duplicateName`` when a file of this name waits, is being processed or was processed;
    ///   ``UploadSuperseded`` when the upload was begun anew.
    func complete(_ id: FeedID, content: ReceivedContent, status: FeedStatus, reason: String?) async throws

    /// Says that an upload broke off or is refused; the part that came is kept, nothing of it is applied.
    func abandon(_ id: FeedID, status: FeedStatus, reason: String) async throws

    /// Takes the next feed whose turn it is: the oldest of its supplier and vaccine type (`csv-feed.md` §9).
    func claim(owner: UUID, lease: Duration) async throws -> FeedClaim?

    /// Holds on to a claimed feed.
    ///
    /// - Returns: False when another worker has it now.
    func renew(_ claim: FeedClaim, lease: Duration) async throws -> Bool

    /// Gives a feed back, to be gone on with later.
    func release(_ claim: FeedClaim) async throws

    /// Stops a feed, and with it its queue, until an operator has looked (`csv-feed.md` §9).
    ///
    /// - Parameters:
    ///   - claim: The feed.
    ///   - row: The row at fault, if it is one row.
    ///   - reason: What happened and what to do, in words that are safe to show.
    /// - Throws: ``FeedLost``.
    func halt(_ claim: FeedClaim, row: Int64?, reason: String) async throws

    /// Whether more events than that wait to be published or routed.
    func hasWaiting(moreThan limit: Int) async throws -> Bool

    /// How full the store's disk is; nil where that cannot be seen from here.
    func diskUse() async throws -> DiskUse?

    /// Whether an error of this store passes by itself: the database is away, full, or busy with somebody else.
    func isTransient(_ error: any Error) -> Bool

    /// The chunk that holds an offset of the content, or nil behind the end.
    func chunk(of id: FeedID, at offset: Int64) async throws -> FeedChunk?

    /// Applies a batch in one transaction: records, versions, outbox rows, rejected rows and the writer's checkpoint.
    ///
    /// - Parameters:
    ///   - batch: The rows, checked, in file order.
    ///   - claim: The feed.
    ///   - supplier: Who sent the feed; a stored record of another vaccine type needs its permission too.
    /// - Returns: How many rows had which outcome; none when the batch was in already.
    /// - Throws: ``FeedLost`` when another worker has moved the checkpoint, or the feed was paused or cancelled.
    @discardableResult
    func apply(_ batch: RowBatch, of claim: FeedClaim, by supplier: Supplier) async throws -> RowCounts

    /// Says that every row has its outcome, or why the file ended before that.
    func finish(_ claim: FeedClaim, status: FeedStatus, totalRows: Int64, reason: String?) async throws

    /// One feed.
    func summary(of id: FeedID) async throws -> FeedSummary?

    /// The newest feeds first.
    func summaries(limit: Int) async throws -> [FeedSummary]

    /// Files that are to be passed on unchanged, the oldest first.
    func feedsToForward(limit: Int) async throws -> [FeedSummary]

    /// Says that a file was passed on.
    func markForwarded(_ id: FeedID) async throws

    /// Rejected rows by ascending row number.
    func rejectedRows(of id: FeedID, after rowNumber: Int64, limit: Int) async throws -> [RejectedRow]

    /// The next stretch of a feed's report: every row after a row number that has its outcome, up to where the stretch
    /// ends.
    func report(of id: FeedID, after rowNumber: Int64) async throws -> RowReportPage
}

/// A file as it arrives.
package struct ReceivedFeed: Sendable, Hashable {
    package var id: FeedID
    package var name: String
    package var vaccineType: String?
    package var odsCode: String?
    package var supplier: String?
    /// The API client that sent it.
    package var client: String
    /// The client's own name for the upload.
    package var idempotencyKey: String?

    package init(
        id: FeedID,
        name: String,
        vaccineType: String? = nil,
        odsCode: String? = nil,
        supplier: String? = nil,
        client: String,
        idempotencyKey: String? = nil
    ) {
        self.id = id
        self.name = name
        self.vaccineType = vaccineType
        self.odsCode = odsCode
        self.supplier = supplier
        self.client = client
        self.idempotencyKey = idempotencyKey
    }
}

/// An upload whose content is complete.
package struct KeptUpload: Sendable, Hashable {
    package var id: FeedID
    package var name: String
    package var sha256: [UInt8]

    package init(id: FeedID, name: String, sha256: [UInt8]) {
        self.id = id
        self.name = name
        self.sha256 = sha256
    }
}

/// What is known of the content once all of it has arrived.
package struct ReceivedContent: Sendable, Hashable {
    package var bytes: Int64
    package var sha256: [UInt8]
    package var encoding: FeedEncoding

    package init(bytes: Int64, sha256: [UInt8], encoding: FeedEncoding) {
        self.bytes = bytes
        self.sha256 = sha256
        self.encoding = encoding
    }
}

/// A piece of a file's content.
package struct FeedChunk: Sendable, Hashable {
    /// Bytes in every piece but the last.
    package static let size = 1 << 20

    /// Offset of the first byte in the file.
    package var start: Int64
    package var bytes: [UInt8]

    package init(start: Int64, bytes: [UInt8]) {
        self.start = start
        self.bytes = bytes
    }
}

/// A feed this worker applies, with how far it has got.
package struct FeedClaim: Sendable, Hashable {
    package var id: FeedID
    package var vaccineType: String
    package var supplier: String
    package var encoding: FeedEncoding
    /// Fences the lease; a later claim has a higher one.
    package var epoch: Int64
    /// How far each writer's rows are applied; as many as there are writers.
    package var checkpoints: [FeedPosition]
    /// Rows that an operator gave up because applying them stopped the feed.
    package var givenUpRows: Set<Int64>

    package init(
        id: FeedID,
        vaccineType: String,
        supplier: String,
        encoding: FeedEncoding,
        epoch: Int64,
        checkpoints: [FeedPosition],
        givenUpRows: Set<Int64> = []
    ) {
        self.id = id
        self.vaccineType = vaccineType
        self.supplier = supplier
        self.encoding = encoding
        self.epoch = epoch
        self.checkpoints = checkpoints
        self.givenUpRows = givenUpRows
    }
}

extension FeedClaim {
    /// Whether no row has an outcome yet.
    var isUntouched: Bool { checkpoints.allSatisfy { $0.rowNumber == 0 } }
}

/// Rows of one writer that take effect together.
package struct RowBatch: Sendable {
    /// Which share of the record ids the rows belong to.
    package var writer: Int
    /// The writer's checkpoint before the batch.
    package var after: FeedPosition
    /// The checkpoint after it: every row of the writer up to there is in this batch or an earlier one.
    package var through: FeedPosition
    package var rows: [PendingRow]

    package init(writer: Int, after: FeedPosition, through: FeedPosition, rows: [PendingRow]) {
        self.writer = writer
        self.after = after
        self.through = through
        self.rows = rows
    }
}

extension RowBatch {
    /// The same rows as two batches, or nil for a single row.
    var halves: (RowBatch, RowBatch)? {
        guard rows.count > 1 else { return nil }
        let middle = rows.count / 2
        let place = rows[middle - 1].end
        return (
            RowBatch(writer: writer, after: after, through: place, rows: Array(rows[..<middle])),
            RowBatch(writer: writer, after: place, through: through, rows: Array(rows[middle...]))
        )
    }
}

/// A row that has been checked but not applied.
package struct PendingRow: Sendable {
    /// What the check said.
    package enum Check: Sendable {
        /// The row may take effect; the warnings are for the report and change nothing.
        case accepted(CheckedRow, warnings: [RowFinding])
        case rejected([RowFinding], RecordIdentifier?)
    }

    package var rowNumber: Int64
    /// The place behind the row, for a checkpoint.
    package var end: FeedPosition
    package var check: Check

    package init(rowNumber: Int64, end: FeedPosition, check: Check) {
        self.rowNumber = rowNumber
        self.end = end
        self.check = check
    }

    init(_ record: FeedRecord, _ check: Check) {
        self.init(rowNumber: record.rowNumber, end: record.endPosition, check: check)
    }
}

/// Something unexpected happened, and where.
struct UnexpectedRowError: Error {
    /// The row, where it is one row's doing.
    let rowNumber: Int64?
    let cause: any Error
}

/// The feed is not the worker's any more, because another has it or it was paused or cancelled; nothing was written.
package struct FeedLost: Error {
    package init() {}
}
