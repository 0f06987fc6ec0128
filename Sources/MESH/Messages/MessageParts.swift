import Gzip

/// A message's bytes as they go over the wire, chunk by chunk (`mesh.md` §6).
///
/// Each chunk of a compressed body is a gzip file of its own, and all of them in a row are one too. So the body is read both by
/// those who decompress it as a whole and by those who, like the NHS's own client, decompress every chunk.
package struct MessageParts: Hashable, Sendable {
    /// One at least.
    let chunks: [MessageChunk]
    let isCompressed: Bool

    /// Bytes in all.
    package var count: Int { chunks.reduce(0) { $0 + $1.count } }
}

/// A chunk in memory, or where in a file it lies until it is sent.
enum MessageChunk: Hashable, Sendable {
    case bytes(ArraySlice<UInt8>)
    case file(path: String, start: Int, count: Int)

    var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(_, _, let count): count
        }
    }

    /// Its bytes.
    ///
    /// - Throws: ``MESHError/unusableBody(_:)`` where they cannot be read.
    func read() throws(MESHError) -> ArraySlice<UInt8> {
        switch self {
        case .bytes(let bytes): return bytes
        case .file(let path, let start, let count): return try FileBytes.read(path, from: start, count: count)[...]
        }
    }
}

/// Makes a message's body out of content that comes piece by piece: only its compressed form is kept.
package struct MessagePartsWriter {
    private let chunkBytes: Int
    private let compressedFrom: Int
    private var plain: [UInt8] = []
    private var deflater: GzipDeflater?
    /// Chunks that are complete.
    private var chunks: [ArraySlice<UInt8>] = []

    /// A writer that keeps to a configuration's sizes.
    package init(_ configuration: MESHConfiguration) {
        chunkBytes = max(1, configuration.chunkBytes)
        compressedFrom = configuration.compressedFrom
    }

    /// Content goes in by pieces of a sixteenth of a chunk: so much may a chunk grow after it was looked at.
    private var pieceBytes: Int { max(1, min(256 << 10, chunkBytes / 16)) }
    /// What a chunk may grow by, with what zlib holds back.
    private var roomBytes: Int { pieceBytes + (128 << 10) }

    /// Adds content.
    ///
    /// - Throws: ``MESHError/unusableContent(_:)`` when there is no memory to compress it.
    package mutating func write(_ bytes: [UInt8]) throws(MESHError) {
        if deflater == nil {
            plain += bytes
            guard plain.count > compressedFrom else { return }
            let content = plain
            plain = []
            try compress(content)
        } else {
            try compress(bytes)
        }
    }

    /// The body of all that was written.
    package mutating func finish() -> MessageParts {
        if let deflater {
            chunks.append(deflater.finish()[...])
            return MessageParts(chunks: chunks.map { .bytes($0) }, isCompressed: true)
        }
        for start in stride(from: 0, to: plain.count, by: chunkBytes) {
            chunks.append(plain[start..<min(start + chunkBytes, plain.count)])
        }
        return MessageParts(chunks: (chunks.isEmpty ? [[]] : chunks).map { .bytes($0) }, isCompressed: false)
    }

    /// Takes the chunks away that are complete, so that a long body needs no more memory than one of them.
    mutating func takeChunks() -> [ArraySlice<UInt8>] {
        defer { chunks = [] }
        return chunks
    }

    private mutating func compress(_ bytes: [UInt8]) throws(MESHError) {
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            let deflater: GzipDeflater
            if let open = self.deflater {
                deflater = open
            } else {
                do { deflater = try GzipDeflater() } catch { throw .unusableContent(error) }
            }
            self.deflater = deflater
            deflater.compress(Array(bytes[start..<min(start + pieceBytes, bytes.count)]))
            guard deflater.output.count + roomBytes > chunkBytes else { continue }
            chunks.append(deflater.finish()[...])
            // The next piece begins another; without one, an empty gzip file does no harm.
            do { self.deflater = try GzipDeflater() } catch { throw .unusableContent(error) }
        }
    }
}
