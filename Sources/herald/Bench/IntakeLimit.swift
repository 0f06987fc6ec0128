import Feeds
import Foundation
import Store
import Vaccination

/// The physical limit of the intake: the same bytes by binary COPY into the same indexed tables, made beforehand.
struct IntakeLimit: Sendable {
    /// Rows made before they are copied: enough for the copying to get into its stride, and 200 MB of memory.
    private static let group = 50_000

    let bench: IntakeBench

    struct Measurement: Sendable {
        var rows = 0
        var seconds = 0.0
        var walBytes: Int64 = 0
    }

    /// Copies the feed into a store that holds nothing yet, with as many connections as there are writers; only the
    /// copying is timed.
    func measure(_ store: PostgresStore) async throws -> Measurement {
        var source = try BatchSource(bench)
        try await store.begin(ReceivedFeed(id: source.feed, name: bench.stream.fileName, client: "bench"))
        var measurement = Measurement()
        while let batches = try source.next(rows: Self.group) {
            let walStart = try await store.walPosition()
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for share in batches {
                    group.addTask {
                        for batch in share { try await store.copy(batch) }
                    }
                }
                try await group.waitForAll()
            }
            measurement.seconds += (ContinuousClock.now - start) / .seconds(1)
            measurement.walBytes += try await store.walPosition() - walStart
            measurement.rows += batches.joined().reduce(0) { $0 + $1.rows }
        }
        return measurement
    }
}

/// Reads and checks the sample feed as the intake does, and makes the bytes of each writer's batches.
private struct BatchSource {
    private let bench: IntakeBench
    private let supplier: Supplier
    private let checker: RowChecker
    private var chunks: SampleFeedStream.Iterator
    private var reader = FeedReader(encoding: .utf8)
    let feed = FeedID(UUID())

    init(_ bench: IntakeBench) throws {
        self.bench = bench
        let name = try FeedFileName(parsing: bench.stream.fileName, vaccineTypes: .builtIn)
        let admitted = try Suppliers.builtIn.admit(name)
        supplier = admitted.supplier
        checker = RowChecker(
            vaccineType: name.vaccineType,
            permissions: admitted.permissions,
            now: Int64(Date().timeIntervalSince1970 * 1_000_000)
        )
        chunks = bench.stream.makeIterator()
    }

    /// The batches of about so many rows, by writer; nil at the end.
    mutating func next(rows: Int) throws -> [[PreparedBatch]]? {
        var records: [FeedRecord] = []
        while records.count < rows, let chunk = chunks.next() { try reader.read(chunk, into: &records) }
        if records.count < rows { try reader.finish(into: &records) }
        guard !records.isEmpty else { return nil }
        var shares = [[PendingRow]](repeating: [], count: bench.writers)
        for record in records {
            switch checker.check(record) {
            case .accepted(let row, let warnings):
                shares[Int(row.id.uuid.uuid.14) % bench.writers].append(
                    PendingRow(
                        rowNumber: record.rowNumber,
                        end: record.endPosition,
                        check: .accepted(row, warnings: warnings)
                    )
                )
            case .rejected(let findings, let identifier):
                shares[Int(record.rowNumber) % bench.writers].append(
                    PendingRow(
                        rowNumber: record.rowNumber,
                        end: record.endPosition,
                        check: .rejected(findings, identifier)
                    )
                )
            }
        }
        return shares.enumerated().map { writer, share in
            stride(from: 0, to: share.count, by: bench.batchSize).map { start in
                let rows = Array(share[start..<min(start + bench.batchSize, share.count)])
                let batch = RowBatch(writer: writer, after: .start, through: .start, rows: rows)
                return PreparedBatch(batch, of: feed, by: supplier)
            }
        }
    }
}
