import Foundation

/// The folders of a watched folder, and which files in it are complete.
///
/// ```
/// INBOX/                     files to send; a name that begins with a dot or ends in .part, .tmp or .filepart is not finished
/// INBOX/ack/                 InfAck and BusAck files
/// INBOX/archive/2026-11-27/  files that were taken in
/// INBOX/failed/              files that were not, each with NAME.reason.txt
/// INBOX/.taken/KEY/          a file in hand, and `.feed` with its feed's id
/// ```
struct InboxFolder: Sendable {
    let path: String

    var acknowledgements: String { path + "/ack" }
    var failed: String { path + "/failed" }
    var taken: String { path + "/.taken" }

    func archive(on day: String) -> String { "\(path)/archive/\(day)" }

    func prepare() throws {
        for folder in [acknowledgements, failed, taken] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
    }

    /// A file's state by which one sees that it is not being written any more.
    struct Print: Hashable { let size: Int, modified: Date, node: Int }

    /// Regular files in the root that have their final names.
    func waiting() throws -> [String: Print] {
        var found: [String: Print] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            guard !name.hasPrefix("."), ![".part", ".tmp", ".filepart"].contains(where: name.lowercased().hasSuffix),
                let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)"),
                attributes[.type] as? FileAttributeType == .typeRegular
            else { continue }
            found[name] = Print(
                size: (attributes[.size] as? NSNumber)?.intValue ?? 0,
                modified: attributes[.modificationDate] as? Date ?? .distantPast,
                node: (attributes[.systemFileNumber] as? NSNumber)?.intValue ?? 0
            )
        }
        return found
    }

    /// Takes a file out of the root; of several processes one succeeds.
    func claim(_ name: String, key: String) throws {
        let folder = "\(taken)/\(key)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if rename("\(path)/\(name)", "\(folder)/\(name)") != 0 { rmdir(folder) }
    }

    /// Keys of the files in hand.
    func keys() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: taken).sorted() }

    /// The file in hand under a key, if it has not been put away yet.
    func file(_ key: String) throws -> String? {
        try FileManager.default.contentsOfDirectory(atPath: "\(taken)/\(key)").first { !$0.hasPrefix(".") }
    }

    /// The feed that the file in hand has become.
    func feed(_ key: String) -> FeedID? {
        (try? String(contentsOfFile: "\(taken)/\(key)/.feed", encoding: .utf8)).flatMap { FeedID($0) }
    }

    func note(_ id: FeedID, _ key: String) throws {
        try Data(id.description.utf8).write(to: URL(fileURLWithPath: "\(taken)/\(key)/.feed"), options: .atomic)
    }

    /// Puts the file in hand away; one of that name that is there already stays beside it.
    func putAway(_ name: String, _ key: String, in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let isTaken = FileManager.default.fileExists(atPath: "\(folder)/\(name)")
        let target = isTaken ? "\(folder)/\(key)_\(name)" : "\(folder)/\(name)"
        guard rename("\(taken)/\(key)/\(name)", target) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func forget(_ key: String) throws { try FileManager.default.removeItem(atPath: "\(taken)/\(key)") }
}
