import Foundation

extension MessageParts {
    /// Content that is read together, before it is compressed.
    private static let pieceBytes = 256 << 10

    /// The body of a file, compressed into another one: no more than a chunk is in memory, then and while it is sent
    /// (`nis-feed.md` §9).
    ///
    /// - Parameters:
    ///   - path: The content.
    ///   - spool: Where the compressed content is put, over whatever is there; it must stay until the message is accepted, and
    ///     is the caller's to delete.
    ///   - configuration: How long a chunk may be.
    /// - Returns: The body.
    /// - Throws: ``MESHError/unusableBody(_:)`` where a file cannot be read or written.
    package static func compressing(
        _ path: String,
        into spool: String,
        _ configuration: MESHConfiguration
    ) throws(MESHError) -> MessageParts {
        var configuration = configuration
        configuration.compressedFrom = -1
        var writer = MessagePartsWriter(configuration)
        var output = try SpoolFile(spool)
        do {
            let input = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? input.close() }
            while let piece = try input.read(upToCount: pieceBytes), !piece.isEmpty {
                try writer.write(Array(piece))
                for chunk in writer.takeChunks() { try output.append(chunk) }
            }
        } catch let error as MESHError {
            throw error
        } catch {
            throw .unusableBody(path)
        }
        for chunk in writer.finish().chunks { try output.append(try chunk.read()) }
        return MessageParts(chunks: output.chunks, isCompressed: true)
    }

    /// The body of a short file, as it is.
    ///
    /// - Parameter path: The content.
    /// - Returns: The body, in one chunk.
    /// - Throws: ``MESHError/unusableBody(_:)`` where it cannot be read.
    package static func plain(_ path: String) throws(MESHError) -> MessageParts {
        do {
            return MessageParts(
                chunks: [.bytes(Array(try Data(contentsOf: URL(filePath: path)))[...])],
                isCompressed: false
            )
        } catch {
            throw .unusableBody(path)
        }
    }
}

/// A file that takes one chunk after the other.
private struct SpoolFile {
    private let path: String
    private let handle: FileHandle
    private var size = 0
    private(set) var chunks: [MessageChunk] = []

    init(_ path: String) throws(MESHError) {
        self.path = path
        let isMade = FileManager.default.createFile(
            atPath: path,
            contents: nil,
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade, let handle = FileHandle(forWritingAtPath: path) else { throw .unusableBody(path) }
        self.handle = handle
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) throws(MESHError) {
        do { try handle.write(contentsOf: Data(bytes)) } catch { throw .unusableBody(path) }
        chunks.append(.file(path: path, start: size, count: bytes.count))
        size += bytes.count
    }
}

/// Reads parts of files.
enum FileBytes {
    /// - Throws: ``MESHError/unusableBody(_:)``, also for a file that is shorter.
    static func read(_ path: String, from start: Int, count: Int) throws(MESHError) -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(start))
            if let bytes = try handle.read(upToCount: count), bytes.count == count { return Array(bytes) }
        } catch {
            throw .unusableBody(path)
        }
        throw .unusableBody(path)
    }
}
