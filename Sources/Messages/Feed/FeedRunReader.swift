import Crypto
import Foundation
package import Vaccination

/// Reads the runs a feed has put into a folder, as their receiver would: what the demo checks and `herald sink` counts.
package struct FeedRunReader: Sendable {
    /// One row of a data file.
    package struct Row: Hashable, Sendable {
        /// Code of the type, from the manifest.
        package let vaccineType: String
        /// ACTION_FLAG.
        package let action: ActionFlag
        /// All 34 fields.
        package let record: FlatRecord
    }

    private static let chunkSize = 256 * 1024

    private let directory: String

    /// Reads runs from this folder.
    package init(directory: String) { self.directory = directory }

    /// The manifests in the folder, in the order of their runs; files without a manifest do not count yet.
    package func manifests() throws -> [FeedManifest] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasPrefix("MANIFEST_") && $0.hasSuffix(".json") }
            .map { name in
                guard let json = FileManager.default.contents(atPath: "\(directory)/\(name)") else {
                    throw MessagesError.manifest(file: name)
                }
                return try FeedManifest(parsing: Array(json), file: name)
            }
            .sorted { $0.sequence < $1.sequence }
    }

    /// The highest run number that a manifest's name in the folder has; 0 without one (N-34).
    package func lastSequence() throws -> Int64 {
        guard FileManager.default.fileExists(atPath: directory) else { return 0 }
        return try FileManager.default.contentsOfDirectory(atPath: directory).compactMap { name in
            guard name.hasPrefix("MANIFEST_"), name.hasSuffix(".json"), let mark = name.lastIndex(of: "_") else {
                return nil
            }
            return Int64(name[mark...].dropFirst(2).dropLast(5))
        }.max() ?? 0
    }

    /// Everything that is wrong with these runs and their files; empty when they can be applied.
    ///
    /// - Parameters:
    ///   - manifests: Runs in order.
    ///   - previous: The last run received before them, if there was one.
    /// - Returns: The findings in the order of runs and files.
    /// - Throws: When a file cannot be read for another reason than its absence.
    package func verify(_ manifests: [FeedManifest], after previous: FeedManifest? = nil) throws -> [FeedFinding] {
        var findings: [FeedFinding] = []
        var previous = previous
        for manifest in manifests {
            if let previous { findings += Self.gaps(from: previous, to: manifest) }
            let sums = manifest.files.reduce(into: FeedManifest.Counts()) { $0.add($1.counts) }
            if sums != manifest.totals { findings.append(.totals(sequence: manifest.sequence)) }
            for file in manifest.files { findings += try verify(file) }
            previous = manifest
        }
        return findings
    }

    /// Hands over the rows of a run, file by file in the manifest's order, without holding a file in memory.
    package func forEachRow(of manifest: FeedManifest, _ body: (Row) throws -> Void) throws {
        for file in manifest.files {
            _ = try read(file, body)
        }
    }

    private static func gaps(from previous: FeedManifest, to manifest: FeedManifest) -> [FeedFinding] {
        var findings: [FeedFinding] = []
        if manifest.previousSequence != previous.sequence {
            findings.append(
                .sequenceGap(
                    sequence: manifest.sequence,
                    expectedPrevious: previous.sequence,
                    statedPrevious: manifest.previousSequence
                )
            )
        }
        // A full run replaces what was before it and states 0; deltas go on from the point it was taken at.
        if manifest.kind == .delta, manifest.fromEvent != previous.toEvent + 1 {
            findings.append(
                .eventGap(
                    sequence: manifest.sequence,
                    expectedFrom: previous.toEvent + 1,
                    statedFrom: manifest.fromEvent
                )
            )
        }
        return findings
    }

    private func verify(_ file: FeedManifest.File) throws -> [FeedFinding] {
        var counts = FeedManifest.Counts()
        let read: (size: Int, sha256: String)
        do {
            read = try self.read(file) { row in
                counts.rows += 1
                switch row.action {
                case .new: counts.new += 1
                case .update: counts.update += 1
                case .delete: counts.delete += 1
                }
            }
        } catch MessagesError.feedRecord(let name, let record) {
            return [.layout(file: name, record: record)]
        } catch MessagesError.system(_, _, ENOENT) {
            return [.missingFile(file.name)]
        }
        var findings: [FeedFinding] = []
        if read.size != file.bytes { findings.append(.size(file: file.name, stated: file.bytes, actual: read.size)) }
        if read.sha256 != file.sha256 { findings.append(.hash(file: file.name)) }
        if counts != file.counts { findings.append(.counts(file: file.name)) }
        return findings
    }

    private func read(
        _ file: FeedManifest.File,
        _ body: (Row) throws -> Void
    ) throws -> (size: Int, sha256: String) {
        // A manifest names files beside itself; a path in it would read what was never sent.
        guard !file.name.contains("/") else { throw MessagesError.manifest(file: file.name) }
        let path = "\(directory)/\(file.name)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MessagesError.system(operation: "open", path: path, code: errno) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var parser = FeedRecordParser(file: file.name)
        var hash = SHA256()
        var size = 0
        while let chunk = try handle.read(upToCount: Self.chunkSize), !chunk.isEmpty {
            hash.update(data: chunk)
            size += chunk.count
            try parser.read(Array(chunk)) { record, number in
                guard let action = ActionFlag(rawValue: record.string(.actionFlag)) else {
                    throw MessagesError.feedRecord(file: file.name, record: number)
                }
                try body(Row(vaccineType: file.vaccineType, action: action, record: record))
            }
        }
        try parser.end()
        return (size, hash.finalize().hexadecimal)
    }
}
