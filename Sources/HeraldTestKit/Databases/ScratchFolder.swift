import Foundation

/// Folders for test servers.
package enum ScratchFolder {
    private static let memory = "/dev/shm"
    private static let prefix = "herald-test-"

    /// A path that nothing else uses; the folder itself is made, and removed, by whoever needs it.
    ///
    /// Folders of processes that were killed, and so could not clean up, are removed first.
    package static func make() -> String {
        let disk = FileManager.default.temporaryDirectory.path
        for root in [memory, disk] {
            removeAbandoned(in: root)
        }
        // A database is some 300 files: made in memory in a tenth of the time a disk may take.
        let root = freeBytes(memory) > 4 << 30 ? memory : disk
        return "\(root)/\(prefix)\(getpid())-\(UUID().uuidString.prefix(8))"
    }

    private static func freeBytes(_ path: String) -> UInt64 {
        var info = statvfs()
        // Containers often have a /dev/shm of 64 MB.
        return statvfs(path, &info) == 0 ? UInt64(info.f_bavail) * UInt64(info.f_frsize) : 0
    }

    private static func removeAbandoned(in root: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] where name.hasPrefix(prefix) {
            guard let owner = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }) else { continue }
            guard kill(owner, 0) != 0, errno == ESRCH else { continue }
            try? FileManager.default.removeItem(atPath: "\(root)/\(name)")
        }
    }
}
