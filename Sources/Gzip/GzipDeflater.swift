import CZlib

/// Compresses to one gzip file, piece by piece.
package final class GzipDeflater {
    private static let pieceSize = 64 << 10
    private static let windowBits: Int32 = 15 + 16

    // zlib keeps the structure's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// What has been compressed so far; zlib holds back some input until ``finish()``.
    package private(set) var output: [UInt8] = []

    /// A compressor with zlib's usual level.
    ///
    /// - Throws: ``GzipError/outOfMemory``.
    package init() throws(GzipError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        let status = deflateInit2_(
            stream,
            Z_DEFAULT_COMPRESSION,
            Z_DEFLATED,
            Self.windowBits,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            size
        )
        guard status == Z_OK else {
            stream.deallocate()
            throw .outOfMemory
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The gzip file of some bytes.
    ///
    /// - Parameter bytes: What to compress.
    /// - Returns: One gzip file.
    /// - Throws: ``GzipError/outOfMemory``.
    package static func gzip(_ bytes: [UInt8]) throws(GzipError) -> [UInt8] {
        let deflater = try GzipDeflater()
        deflater.compress(bytes)
        return deflater.finish()
    }

    /// Adds content.
    package func compress(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        run(bytes, flush: Z_NO_FLUSH)
    }

    /// Takes what has been compressed so far away, so that a long stream needs no more memory than a short one.
    package func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Ends the file; nothing may be added afterwards.
    ///
    /// - Returns: The whole gzip file.
    package func finish() -> [UInt8] {
        run([], flush: Z_FINISH)
        defer { output = [] }
        return output
    }

    private func run(_ bytes: [UInt8], flush: Int32) {
        var bytes = bytes
        bytes.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            var isFull = true
            while isFull {
                let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { room, count in
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = uInt(room.count)
                    // Fails only for a stream in a wrong state, which `flush` and the order of calls exclude.
                    _ = deflate(stream, flush)
                    count = room.count - Int(stream.pointee.avail_out)
                    isFull = stream.pointee.avail_out == 0
                }
                output += piece
            }
        }
    }
}
