import Foundation

/// What a server writes about itself into `postmaster.pid` (`src/include/utils/pidfile.h`).
struct PostmasterFile: Hashable, Sendable {
    let processID: pid_t
    /// `starting`, `ready`, `standby` or `stopping`; empty before the first of these.
    let status: String

    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let processID = pid_t(first) else { return nil }
        self.processID = processID
        status = lines.count > 7 ? lines[7].trimmingCharacters(in: .whitespaces) : ""
    }

    init?(dataFolder: String) {
        guard let text = try? String(contentsOfFile: dataFolder + "/postmaster.pid", encoding: .utf8) else {
            return nil
        }
        self.init(text)
    }

    /// Whether the file's process is there and is a server on this folder; after a crash the file stays, and its number
    /// may belong to anybody.
    func isAlive(dataFolder: String) -> Bool {
        guard kill(processID, 0) == 0 || errno == EPERM else { return false }
        guard let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(processID)/cwd") else {
            return true  // no /proc, or not ours to read: believe the file
        }
        return folder == URL(fileURLWithPath: dataFolder).resolvingSymlinksInPath().path
    }
}
