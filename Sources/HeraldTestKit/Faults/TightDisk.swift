import Foundation
import Postgres
import Testing

/// A small file system in memory, for servers that are to run out of room.
package struct TightDisk: Sendable {
    /// Where it is mounted.
    package let folder: String
    private var ballast: String { folder + "/ballast" }

    /// Lends one of so many megabytes; where none can be mounted the test is cancelled, and says so.
    package static func with(megabytes: Int, _ body: (TightDisk) async throws -> Void) async throws {
        let disk = TightDisk(folder: ScratchFolder.make())
        try FileManager.default.createDirectory(atPath: disk.folder, withIntermediateDirectories: true)
        let options = "size=\(megabytes)m,mode=755"
        guard try await disk.run("mount", ["-t", "tmpfs", "-o", options, "herald-test", disk.folder]) == 0 else {
            try? FileManager.default.removeItem(atPath: disk.folder)
            try Test.cancel("needs to mount a file system of its own, which only root may")
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(disk)) } catch { result = .failure(error) }
        _ = try await disk.run("umount", ["--lazy", disk.folder])
        try? FileManager.default.removeItem(atPath: disk.folder)
        try result.get()
    }

    /// Bytes that are free.
    package var freeBytes: Int {
        var info = statvfs()
        return statvfs(folder, &info) == 0 ? Int(info.f_bavail) * Int(info.f_frsize) : 0
    }

    /// Fills it up but for so many bytes.
    package func fill(leaving left: Int = 0) throws {
        try Data().write(to: URL(fileURLWithPath: ballast))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: ballast))
        defer { try? file.close() }
        try file.seekToEnd()
        let block = Data(count: 1 << 16)
        while freeBytes > left, (try? file.write(contentsOf: block)) != nil {}
    }

    /// Makes room again.
    package func empty() throws { try FileManager.default.removeItem(atPath: ballast) }

    private func run(_ program: String, _ arguments: [String]) async throws -> Int32 {
        let process = try await ServerProcess.start(["/usr/bin/env", program] + arguments, log: "/dev/null")
        return await process.exitStatus()
    }
}
