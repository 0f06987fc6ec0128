import Crypto
import Glibc

/// A file that appears under its name only when it is complete and on disk: `<name>.tmp`, flush, rename (nis-feed.md
/// §5).
///
/// What is not finished is removed, because it holds patients' data that nobody would look after.
final class DurableFile {
    /// Bytes held back before they are written; the memory a file costs.
    private static let bufferSize = 256 * 1024

    let name: String
    private(set) var size = 0

    private let directory: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private var hash = SHA256()

    private var temporaryPath: String { "\(directory)/\(name).tmp" }

    /// Starts anew, over whatever an earlier try left behind.
    init(directory: String, name: String) throws(MessagesError) {
        self.directory = directory
        self.name = name
        let path = "\(directory)/\(name).tmp"
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        buffer.reserveCapacity(Self.bufferSize)
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporaryPath)
    }

    func append(_ bytes: [UInt8]) throws(MessagesError) {
        if buffer.count + bytes.count > Self.bufferSize { try flush() }
        buffer.append(contentsOf: bytes)
        size += bytes.count
    }

    /// Puts the file under its name and returns the SHA-256 of its bytes in hexadecimal; no more can be appended.
    func finish() throws(MessagesError) -> String {
        try flush()
        guard fsync(descriptor) == 0 else { throw Self.failure("fsync", temporaryPath) }
        guard rename(temporaryPath, "\(directory)/\(name)") == 0 else { throw Self.failure("rename", temporaryPath) }
        close(descriptor)
        descriptor = -1
        return hash.finalize().hexadecimal
    }

    private func flush() throws(MessagesError) {
        hash.update(data: buffer)
        var start = 0
        while start < buffer.count {
            let count = buffer.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if count >= 0 {
                start += count
            } else if errno != EINTR {
                throw Self.failure("write", temporaryPath)
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Makes the names of finished files durable; they are lost with the folder's buffers otherwise.
    static func sync(directory: String) throws(MessagesError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", directory) }
    }

    private static func failure(_ operation: String, _ path: String) -> MessagesError {
        .system(operation: operation, path: path, code: errno)
    }
}

extension Digest {
    /// The digest in lower-case hexadecimal.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0x0F)]] }, as: UTF8.self)
    }
}
