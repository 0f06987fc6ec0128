package import Vaccination

/// Writes a run of the national feed into a folder, row by row: one open file a vaccine type, the manifest last.
///
/// Memory is 256 KiB for each vaccine type of the run, however long it is (nis-feed.md §9). A run that was cut short is
/// written again from its start and gives the same bytes (N-20). Not for concurrent use.
package final class FeedRunWriter {
    /// What became of a row.
    package enum RowOutcome: Hashable, Sendable {
        /// The row is in its file.
        case written
        /// A mandatory column could not be converted: the row is kept back until a later event of the record (N-05).
        case heldBack
    }

    private let run: FeedRun
    private let directory: String
    private let limits: FeedPartLimits
    private var parts: [String: FeedPart] = [:]
    private var finished: [FeedManifest.File] = []
    private var heldBack = 0
    private var row: [UInt8] = []

    /// Prepares a run; nothing is written yet.
    ///
    /// - Parameters:
    ///   - run: The run, as it was decided and stored.
    ///   - directory: An existing folder.
    ///   - limits: When a new part starts.
    package init(_ run: FeedRun, directory: String, limits: FeedPartLimits = FeedPartLimits()) {
        self.run = run
        self.directory = directory
        self.limits = limits
    }

    /// Writes one event's row; rows must come in the order of events (N-11).
    ///
    /// - Parameters:
    ///   - record: The record as it was after the event, or before a removal (N-02).
    ///   - vaccineType: Code of the record's type, which selects the file.
    ///   - recordID: The record, whose consecutive rows stay in one part.
    ///   - action: ACTION_FLAG of the event.
    ///   - conversionErrors: Columns that could not be converted and are therefore empty.
    /// - Returns: Whether the row was written or held back.
    /// - Throws: When the file system fails, or the type cannot stand in a file name; the run has to be started again.
    @discardableResult
    package func append(
        _ record: FlatRecord,
        vaccineType: String,
        recordID: RecordID,
        action: ActionFlag,
        conversionErrors: some Sequence<FeedColumn> = EmptyCollection()
    ) throws(MessagesError) -> RowOutcome {
        guard !conversionErrors.contains(where: FeedRowText.mandatoryColumns.contains) else {
            heldBack += 1
            return .heldBack
        }
        row.removeAll(keepingCapacity: true)
        FeedRowText.append(record, action: action, to: &row)
        try part(of: vaccineType, for: recordID).append(row, record: recordID, action: action)
        return .written
    }

    /// Completes the files and writes the manifest, in this order, each durable before the next step.
    ///
    /// - Returns: The manifest as written.
    /// - Throws: When the file system fails; the run has to be started again.
    package func finish() throws(MessagesError) -> FeedManifest {
        for part in parts.values { finished.append(try part.finish()) }
        parts = [:]
        finished.sort { ($0.vaccineType, $0.part) < ($1.vaccineType, $1.part) }
        try DurableFile.sync(directory: directory)
        let manifest = FeedManifest(run, files: finished, heldBack: heldBack)
        let file = try DurableFile(directory: directory, name: run.manifestName)
        try file.append(manifest.json)
        _ = try file.finish()
        try DurableFile.sync(directory: directory)
        return manifest
    }

    /// The open part of the type, or the next one when the row in hand does not go into it.
    private func part(of vaccineType: String, for recordID: RecordID) throws(MessagesError) -> FeedPart {
        if let part = parts[vaccineType] {
            guard part.isFull(for: recordID, rowBytes: row.count, limits: limits) else { return part }
            finished.append(try part.finish())
            return try start(vaccineType, number: part.number + 1)
        }
        let isName = vaccineType.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
        guard isName, !vaccineType.isEmpty else { throw .vaccineType }
        return try start(vaccineType, number: 1)
    }

    private func start(_ vaccineType: String, number: Int) throws(MessagesError) -> FeedPart {
        let part = try FeedPart(directory: directory, run: run, vaccineType: vaccineType, number: number)
        parts[vaccineType] = part
        return part
    }
}
