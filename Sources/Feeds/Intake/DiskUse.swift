import Foundation

/// How full a file system is, as `df` counts: without what is reserved for root.
package struct DiskUse: Sendable, Hashable {
    /// From 0 to 1.
    package let share: Double
    /// Bytes that are left.
    package let free: Int64

    package init(share: Double, free: Int64) {
        self.share = share
        self.free = free
    }

    /// Of the file system that holds a path; nil where there is none.
    package init?(of path: String) {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return nil }
        let used = Double(info.f_blocks) - Double(info.f_bfree)
        let available = Double(info.f_bavail)
        guard used + available > 0 else { return nil }
        self.init(share: used / (used + available), free: Int64(info.f_bavail) * Int64(info.f_frsize))
    }
}
