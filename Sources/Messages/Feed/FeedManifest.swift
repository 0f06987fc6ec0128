package import Foundation

/// What a run of the national feed consists of (nis-feed.md §4); unknown members of a received one are ignored.
package struct FeedManifest: Hashable, Sendable, Decodable {
    /// The manifest version this hub writes and reads.
    package static let version = 1

    /// Rows by action.
    package struct Counts: Hashable, Sendable, Decodable {
        /// All rows.
        package var rows = 0
        /// Rows with ACTION_FLAG NEW.
        package var new = 0
        /// Rows with ACTION_FLAG UPDATE.
        package var update = 0
        /// Rows with ACTION_FLAG DELETE.
        package var delete = 0
    }

    /// One data file.
    package struct File: Hashable, Sendable {
        /// File name, without a folder.
        package let name: String
        /// Code of the rows' vaccine type.
        package let vaccineType: String
        /// From 1 within its vaccine type.
        package let part: Int
        /// Rows in the file, without the header.
        package let counts: Counts
        /// Uncompressed size.
        package let bytes: Int
        /// 64 hexadecimal digits in lower case, over the uncompressed bytes.
        package let sha256: String
    }

    /// The consumer's name.
    package let feed: String
    /// Version of the manifest's shape.
    package let version: Int
    /// Whether the run is a delta or a full extract.
    package let kind: FeedRun.Kind
    /// Number of the run.
    package let sequence: Int64
    /// Number of the run before (N-33).
    package let previousSequence: Int64
    /// When the run was generated, whole seconds.
    package let generated: Date
    /// First event of the range; greater than ``toEvent`` when there was none, 0 in a full run.
    package let fromEvent: Int64
    /// Last event of the range.
    package let toEvent: Int64
    /// Events whose rows were kept back because a mandatory column could not be written (N-05).
    package let heldBack: Int
    /// The data files by vaccine type and part.
    package let files: [File]
    /// Sums over the files.
    package let totals: Counts
}

extension FeedManifest {
    /// The manifest of a run that has been written.
    init(_ run: FeedRun, files: [File], heldBack: Int) {
        feed = run.feed
        version = Self.version
        kind = run.kind
        sequence = run.sequence
        previousSequence = run.previousSequence
        generated = run.generated
        fromEvent = run.fromEvent
        toEvent = run.toEvent
        self.heldBack = heldBack
        self.files = files
        totals = files.reduce(into: Counts()) { $0.add($1.counts) }
    }
}

extension FeedManifest.Counts {
    mutating func add(_ other: Self) {
        rows += other.rows
        new += other.new
        update += other.update
        delete += other.delete
    }
}
