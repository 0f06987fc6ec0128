import Foundation
import Glibc

/// A small secret file that is written once, whole, and readable by its owner only.
package struct KeyFile: Sendable {
    let directory: String
    let name: String

    /// - Parameters:
    ///   - directory: The folder; made for its owner only when the file is created.
    ///   - name: The file's name in it.
    package init(directory: String, name: String) {
        self.directory = directory
        self.name = name
    }

    /// Where it is.
    package var path: String { "\(directory)/\(name)" }

    /// The file's bytes, `nil` when there is none; refuses a file that group or others may touch.
    package func read() throws(SigningKeyError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("fstat", path) }
        // Asked of the open file, not of the path, so that it cannot be exchanged in between.
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path, mode: status.st_mode & 0o777) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var result: [UInt8] = []
        while true {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count == 0 { return result }
            if count > 0 {
                result.append(contentsOf: bytes[..<count])
            } else if errno != EINTR {
                throw failure("read", path)
            }
        }
    }

    /// Writes the file unless it is there already; `false` when another process was faster.
    package func create(with bytes: [UInt8]) throws(SigningKeyError) -> Bool {
        try makeDirectory(directory)
        let temporary = temporaryPath
        defer { unlink(temporary) }
        try writeNew(bytes, to: temporary)
        // `link`, not `rename`: a rename would replace the file of a process that was faster, whose key is in use by
        // now.
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw failure("link", path)
        }
        try syncDirectory()
        return true
    }

    /// Replaces the file at once and for good: a reader finds the old file or the new one.
    package func replace(with bytes: [UInt8]) throws(SigningKeyError) {
        let temporary = temporaryPath
        defer { unlink(temporary) }
        try writeNew(bytes, to: temporary)
        guard rename(temporary, path) == 0 else { throw failure("rename", path) }
        try syncDirectory()
    }

    /// Runs what must not happen twice at the same moment, in whatever processes.
    package func withLock<Result>(_ body: () throws -> Result) throws -> Result {
        // The folder itself is what is locked, so that no lock file is left behind.
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? SigningKeyError.missing(path: path) : failure("open", directory)
        }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("flock", directory) }
        }
        return try body()
    }

    private var temporaryPath: String { "\(directory)/.\(name).\(UUID().uuidString).tmp" }

    private func writeNew(_ bytes: [UInt8], to path: String) throws(SigningKeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path: path)
    }

    /// Makes the folder, and those above it, for the owner only; one that is there stays as it is.
    private func makeDirectory(_ path: String) throws(SigningKeyError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw failure("mkdir", path)
        }
        try makeDirectory(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("mkdir", path) }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(SigningKeyError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure("write", path)
            }
        }
        // The mode asked for at `open` is narrowed by the umask; the file must be readable by its owner after all.
        guard fchmod(descriptor, 0o600) == 0 else { throw failure("fchmod", path) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    /// The name is durable only when its folder is.
    private func syncDirectory() throws(SigningKeyError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", directory) }
    }

    private func failure(_ operation: String, _ path: String) -> SigningKeyError {
        .system(operation: operation, path: path, code: errno)
    }
}
