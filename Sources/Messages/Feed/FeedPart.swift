import Vaccination

/// A data file that is being written, and what its manifest entry will say.
final class FeedPart {
    let vaccineType: String
    let number: Int
    /// Whose row came last: rows of one record that follow one another stay in one file.
    private(set) var lastRecord: RecordID?
    private(set) var counts = FeedManifest.Counts()

    private let file: DurableFile

    init(directory: String, run: FeedRun, vaccineType: String, number: Int) throws(MessagesError) {
        self.vaccineType = vaccineType
        self.number = number
        file = try DurableFile(directory: directory, name: run.fileName(vaccineType: vaccineType, part: number))
        try file.append(FeedRowText.header)
    }

    /// Whether a row of this record and size belongs into another part (nis-feed.md §2).
    func isFull(for record: RecordID, rowBytes: Int, limits: FeedPartLimits) -> Bool {
        record != lastRecord && (counts.rows >= limits.rows || file.size + rowBytes > limits.bytes)
    }

    func append(_ row: [UInt8], record: RecordID, action: ActionFlag) throws(MessagesError) {
        try file.append(row)
        lastRecord = record
        counts.rows += 1
        switch action {
        case .new: counts.new += 1
        case .update: counts.update += 1
        case .delete: counts.delete += 1
        }
    }

    func finish() throws(MessagesError) -> FeedManifest.File {
        let sha256 = try file.finish()
        return FeedManifest.File(
            name: file.name,
            vaccineType: vaccineType,
            part: number,
            counts: counts,
            bytes: file.size,
            sha256: sha256
        )
    }
}

/// When a new part of a data file starts (nis-feed.md §2).
package struct FeedPartLimits: Hashable, Sendable {
    /// Rows of a part.
    package var rows: Int
    /// Bytes of a part, header included.
    package var bytes: Int

    /// The limits of nis-feed.md §2 unless others are given.
    package init(rows: Int = 200_000, bytes: Int = 128 << 20) {
        self.rows = rows
        self.bytes = bytes
    }
}
