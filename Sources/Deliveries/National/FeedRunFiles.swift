import Crypto
import Foundation
import Messages
import Vaccination

/// The files of one run in their folder: written from what is on file, and looked at before they are sent.
struct FeedRunFiles<Store: FeedRunStore> {
    /// Events, or records, that are read together.
    private static var page: Int { 500 }

    let store: Store
    let claim: LaneClaim
    let run: FrozenRun
    let feed: FeedSettings
    let folder: String
    /// Called between two pages: whoever lost the lane stops here, for two writers of one run would truncate each other's
    /// files.
    let keepHold: () async throws -> Void
    /// Told when the events were committed whose rows are written.
    var onEvents: ([Date]) -> Void = { _ in }

    /// Streams the run's rows into files, the manifest last.
    func write() async throws -> WrittenRun {
        let held = try await store.heldRecords(of: claim)
        var rows = RunRows(
            writer: FeedRunWriter(run.named(feed.odsCode), directory: folder, limits: feed.partLimits),
            held
        )
        switch run.kind {
        case .delta: try await writeChanges(&rows)
        case .full: try await writeRecords(&rows)
        }
        let named = run.named(feed.odsCode)
        let manifest = try rows.writer.finish()
        var written = WrittenRun(
            files: manifest.files.map { Self.file($0, of: named) } + [Self.file(manifest, of: named)]
        )
        written.heldBack = rows.heldBack
        written.released = rows.released
        return written
    }

    private func writeChanges(_ rows: inout RunRows) async throws {
        var from = run.from
        while from <= run.to {
            try await keepHold()
            let through = min(from + Int64(Self.page) - 1, run.to)
            let events = try await store.feedEvents(of: claim, numbers: from...through)
            for event in events { try rows.append(event) }
            onEvents(events.map(\.event.committedAt))
            from = through + 1
        }
    }

    private func writeRecords(_ rows: inout RunRows) async throws {
        var last: RecordID?
        repeat {
            try await keepHold()
            let page = try await store.liveRecords(of: claim, in: run, after: last, limit: Self.page)
            for record in page.records { try rows.append(record) }
            last = page.last
        } while last != nil
    }

    /// Makes sure that a file lies in the folder as it was written first (N-20, N-30).
    ///
    /// - Throws: ``RunChanged`` where the run, written again, has other bytes.
    func restore(_ message: FeedMessage) async throws {
        guard try Self.sha256(of: "\(folder)/\(message.name)") != message.sha256 else { return }
        let again = try await write().files
        let first = try await store.files(of: run, claim)
        guard again.map(\.sha256) == first.map(\.sha256), again.map(\.name) == first.map(\.name) else {
            throw RunChanged(sequence: run.sequence)
        }
    }

    private static func sha256(of path: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        var hash = SHA256()
        while let piece = try file.read(upToCount: 256 << 10), !piece.isEmpty { hash.update(data: piece) }
        return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static func file(_ file: FeedManifest.File, of run: FeedRun) -> WrittenRun.File {
        WrittenRun.File(
            name: file.name,
            localID: run.localID(vaccineType: file.vaccineType, part: file.part),
            vaccineType: file.vaccineType,
            part: file.part,
            rows: file.counts.rows,
            bytes: file.bytes,
            sha256: file.sha256
        )
    }

    private static func file(_ manifest: FeedManifest, of run: FeedRun) -> WrittenRun.File {
        let json = manifest.json
        return WrittenRun.File(
            name: run.manifestName,
            localID: run.manifestLocalID,
            vaccineType: nil,
            part: nil,
            rows: manifest.totals.rows,
            bytes: json.count,
            sha256: SHA256.hash(data: json).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        )
    }
}

/// A run that was written again does not have the bytes it had: what it was made from, or the program, has changed.
struct RunChanged: Error, CustomStringConvertible {
    let sequence: Int64

    var description: String {
        "run \(sequence) is not in its folder any more and cannot be made again as it was: send a full extract"
    }
}

/// The rows of a run, as they go into its files.
private struct RunRows {
    let writer: FeedRunWriter
    private(set) var heldBack: [WrittenRun.HeldRow] = []
    private(set) var released: Set<RecordID> = []
    private let held: Set<RecordID>
    /// Records with a row held back in this very run.
    private var heldHere: Set<RecordID> = []

    init(writer: FeedRunWriter, _ held: Set<RecordID>) {
        self.writer = writer
        self.held = held
    }

    mutating func append(_ event: FeedEvent) throws {
        for row in try FeedRow.rows(of: event) {
            let id = event.event.recordID
            let errors = row.record.errors.map(\.column)
            let outcome = try writer.append(
                row.record.flat,
                vaccineType: row.vaccineType,
                recordID: id,
                action: row.action,
                conversionErrors: errors
            )
            switch outcome {
            case .written:
                if held.contains(id) || heldHere.contains(id) { released.insert(id) }
            case .heldBack:
                heldHere.insert(id)
                released.remove(id)
                // An event with two rows is one event.
                guard heldBack.last?.number != event.event.number || event.event.number == 0 else { continue }
                heldBack.append(WrittenRun.HeldRow(number: event.event.number, recordID: id, columns: errors))
            }
        }
    }
}
