import AsyncAlgorithms
import Foundation
import Logging
import ServiceLifecycle
import Vaccination

/// Applies one claimed feed: reads it as a stream, checks each row, and lets writers apply batches side by side.
///
/// Each writer has its own share of the record ids, so two writers never meet on a record and its rows take effect in file
/// order (E-11), and its own checkpoint, so that after a crash every row is applied exactly once.
struct FeedApplication<Store: FeedStore>: Sendable {
    let store: Store
    let claim: FeedClaim
    let supplier: Supplier
    let checker: RowChecker
    let limits: FeedLimits
    let batchSize: Int
    let metrics: FeedMetrics
    let brake: BacklogBrake<Store>
    /// Bytes of rows in one transaction at most, for rows may be as long as a megabyte.
    private static var batchBytes: Int { 16 << 20 }

    /// How the reading ended.
    enum Ending: Sendable, Hashable {
        /// Every row has its outcome.
        case complete(rows: Int64)
        /// The file ended early; the rows before have their outcomes.
        case failed(FeedFileError, rows: Int64)
        /// Shutdown was asked for; the rest waits for the next claim.
        case interrupted
    }

    /// Runs to the end of the file or until shutdown is asked for; batches handed over are applied first.
    func run() async throws -> Ending {
        let channels = claim.checkpoints.map { _ in AsyncThrowingChannel<RowBatch, any Error>() }
        return try await withThrowingTaskGroup(of: Ending?.self) { group in
            for channel in channels {
                group.addTask {
                    do {
                        for try await batch in channel { try await apply(batch) }
                        return nil
                    } catch {
                        // Nobody reads this channel any more: whoever sends must not wait for ever.
                        channel.fail(error)
                        throw error
                    }
                }
            }
            group.addTask {
                let ending = try await read(into: channels)
                for channel in channels { channel.finish() }
                return ending
            }
            var ending: Ending?
            for try await finished in group { ending = finished ?? ending }
            return ending ?? .interrupted
        }
    }

    /// Applies a batch; where something unexpected is wrong with it, everything before the row at fault.
    ///
    /// - Throws: ``UnexpectedRowError`` for the row at fault.
    private func apply(_ batch: RowBatch) async throws {
        do {
            let start = ContinuousClock.now
            let counts = try await store.apply(batch, of: claim, by: supplier)
            metrics.applied(counts, in: .now - start)
        } catch let error where !(error is FeedLost || error is CancellationError || store.isTransient(error)) {
            guard let (first, second) = batch.halves else {
                throw UnexpectedRowError(rowNumber: batch.rows.first?.rowNumber, cause: error)
            }
            try await apply(first)
            try await apply(second)
        }
    }

    /// Reads from the earliest checkpoint and hands batches over, waiting whenever a writer is behind.
    private func read(into channels: [AsyncThrowingChannel<RowBatch, any Error>]) async throws -> Ending {
        // Of two at the same place the lower number is the true one: see `BatchBuilder.take(through:)`.
        let start = claim.checkpoints.min { ($0.byteOffset, $0.rowNumber) < ($1.byteOffset, $1.rowNumber) } ?? .start
        var reader = FeedReader(encoding: claim.encoding, limits: limits, startingAt: start)
        var builders = claim.checkpoints.enumerated().map { BatchBuilder(writer: $0.offset, after: $0.element) }
        var records: [FeedRecord] = []
        var offset = start.byteOffset
        var lastRow = start.rowNumber
        var failure: FeedFileError?
        repeat {
            guard !Task.isShuttingDownGracefully else { return .interrupted }
            let chunk = try await store.chunk(of: claim.id, at: offset)
            do throws(FeedFileError) {
                if let chunk {
                    try reader.read(chunk.bytes.span.extracting(Int(offset - chunk.start)...), into: &records)
                } else {
                    try reader.finish(into: &records)
                }
            } catch {
                failure = error
            }
            for record in records {
                lastRow = record.rowNumber
                let row = check(record, writers: builders.count)
                builders[row.writer].append(row.pending, bytes: record.flat.bytes.count)
                if builders[row.writer].rows.count >= batchSize || builders[row.writer].bytes >= Self.batchBytes {
                    let batch = builders[row.writer].take(through: record.endPosition)
                    try await send(batch, into: channels)
                }
            }
            let isLast = chunk == nil || failure != nil
            if isLast {
                for index in builders.indices {
                    try await send(builders[index].take(through: reader.position), into: channels)
                }
                return failure.map { .failed($0, rows: lastRow) } ?? .complete(rows: lastRow)
            }
            records.removeAll(keepingCapacity: true)
            if let chunk { offset = chunk.start + Int64(chunk.bytes.count) }
        } while true
    }

    /// Checks a row and says whose it is.
    ///
    /// The share depends on what stands in the file alone, not on the outcome: a later claim may find permissions changed, or
    /// a time no longer in the future, and the row must still be the writer's whose checkpoint says whether it is done.
    private func check(_ record: FeedRecord, writers: Int) -> (writer: Int, pending: PendingRow) {
        switch checker.check(record) {
        case .accepted(let row, let warnings):
            let check: PendingRow.Check =
                claim.givenUpRows.contains(record.rowNumber)
                ? .rejected([.internal], row.identifier) : .accepted(row, warnings: warnings)
            return (share(of: row.id, among: writers), PendingRow(record, check))
        case .rejected(let findings, let identifier):
            var share = Int(record.rowNumber % Int64(writers))
            if let identifier, !identifier.system.isEmpty, !identifier.value.isEmpty {
                share = self.share(of: RecordID(identifier), among: writers)
            }
            return (share, PendingRow(record, .rejected(findings, identifier)))
        }
    }

    private func share(of id: RecordID, among writers: Int) -> Int { Int(id.uuid.uuid.14) % writers }

    private func send(
        _ batch: RowBatch?,
        into channels: [AsyncThrowingChannel<RowBatch, any Error>]
    ) async throws {
        guard let batch else { return }
        try await brake.waitForRoom()
        await channels[batch.writer].send(batch)
        try Task.checkCancellation()
    }
}

/// Collects one writer's rows until there are enough for a batch.
private struct BatchBuilder {
    let writer: Int
    private var after: FeedPosition
    private(set) var rows: [PendingRow] = []
    private(set) var bytes = 0

    init(writer: Int, after: FeedPosition) {
        self.writer = writer
        self.after = after
    }

    /// Adds a row, unless an earlier run has applied it already.
    mutating func append(_ row: PendingRow, bytes: Int) {
        guard row.rowNumber > after.rowNumber else { return }
        rows.append(row)
        self.bytes += bytes
    }

    /// The batch up to a position, or nil when there is nothing in it.
    mutating func take(through position: FeedPosition) -> RowBatch? {
        guard let last = rows.last else { return nil }
        // A row that ends the file is read again after a crash, from the place before it; its number says it is done. It
        // is then one ahead of its place, but only for the one writer whose row it is.
        var through = position
        through.rowNumber = max(through.rowNumber, last.rowNumber)
        defer {
            rows = []
            bytes = 0
            after = through
        }
        return RowBatch(writer: writer, after: after, through: through, rows: rows)
    }
}
