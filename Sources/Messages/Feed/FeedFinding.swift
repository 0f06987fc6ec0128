/// What a check of received runs found wrong, in the order of runs (nis-feed.md §7).
package enum FeedFinding: Hashable, Sendable {
    /// A run is missing, or runs are out of order: `previousSequence` is not the run before (N-33).
    case sequenceGap(sequence: Int64, expectedPrevious: Int64, statedPrevious: Int64)
    /// Events between two runs are in neither (§4).
    case eventGap(sequence: Int64, expectedFrom: Int64, statedFrom: Int64)
    /// A file the manifest names is not there.
    case missingFile(String)
    /// A file is longer or shorter than the manifest states.
    case size(file: String, stated: Int, actual: Int)
    /// A file has another content than the manifest's SHA-256 stands for.
    case hash(file: String)
    /// Rows by action differ from the manifest.
    case counts(file: String)
    /// The totals of a manifest are not the sums over its files.
    case totals(sequence: Int64)
    /// A record of a file is not in the feed's layout; 0 is the header.
    case layout(file: String, record: Int)
}

extension FeedFinding: CustomStringConvertible {
    /// One sentence with names and numbers, never the content of a row.
    package var description: String {
        switch self {
        case .sequenceGap(let sequence, let expected, let stated):
            "Run \(sequence) follows run \(stated), but the last one received is \(expected)."
        case .eventGap(let sequence, let expected, let stated):
            "Run \(sequence) starts at event \(stated), but event \(expected) is next."
        case .missingFile(let file): "\(file) is missing."
        case .size(let file, let stated, let actual): "\(file) has \(actual) bytes instead of \(stated)."
        case .hash(let file): "\(file) has another SHA-256 than the manifest states."
        case .counts(let file): "\(file) has other numbers of rows than the manifest states."
        case .totals(let sequence): "The totals of run \(sequence) are not the sums over its files."
        case .layout(let file, let record): "Record \(record) of \(file) is not in the feed's layout."
        }
    }
}
