import CZlib

/// Decompresses gzip in pieces of bounded size, whatever the input expands to (RFC 1952, several members in a row too).
///
/// Give it input with ``feed(_:)``, then take ``next()`` until it is nil; at the end of all input call ``finish()``.
package final class GzipInflater {
    /// Bytes in one piece of output at most.
    private static let pieceSize = 64 << 10
    /// 15 bits of window, and gzip only.
    private static let windowBits: Int32 = 15 + 16

    // zlib keeps the structure's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let limits: GzipLimits
    private var input: [UInt8] = []
    private var offset = 0
    private var consumed: Int64 = 0
    private var produced: Int64 = 0
    private var isInsideMember = false
    private var hasMember = false
    private var mayHaveOutput = false

    /// A decompressor at the start of a gzip file.
    ///
    /// - Throws: ``GzipError/outOfMemory``.
    package init(limits: GzipLimits = GzipLimits()) throws(GzipError) {
        self.limits = limits
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            throw .outOfMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Adds compressed bytes behind those not yet used up.
    package func feed(_ bytes: some Collection<UInt8>) {
        if offset == input.count {
            input.removeAll(keepingCapacity: true)
            offset = 0
        }
        input.append(contentsOf: bytes)
    }

    /// The next piece of content, never empty, or nil when more input is needed.
    ///
    /// - Throws: ``GzipError`` for bytes that are not gzip and for content beyond the limits.
    package func next() throws(GzipError) -> [UInt8]? {
        while offset < input.count || mayHaveOutput {
            if !isInsideMember {
                // Bytes behind the last member are another member, or damage that the header check finds.
                guard inflateReset(stream) == Z_OK else { throw .damaged }
                isInsideMember = true
                hasMember = true
            }
            let piece = try inflatePiece()
            guard !piece.isEmpty else { continue }
            produced += Int64(piece.count)
            guard produced <= limits.bytes else { throw .tooLarge(limit: limits.bytes) }
            guard produced < GzipLimits.judgedFrom || produced / max(1, consumed) <= Int64(limits.ratio) else {
                throw .tooDense(limit: limits.ratio)
            }
            return piece
        }
        return nil
    }

    /// Says that there is no more input.
    ///
    /// - Throws: ``GzipError/truncated`` when the end of the gzip file has not been seen.
    package func finish() throws(GzipError) {
        guard hasMember, !isInsideMember else { throw .truncated }
    }

    private func inflatePiece() throws(GzipError) -> [UInt8] {
        var status = Z_OK
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress.map { $0 + offset }
                stream.pointee.avail_in = uInt(input.count - offset)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = uInt(output.count)
                status = inflate(stream, Z_NO_FLUSH)
                let left = Int(stream.pointee.avail_in)
                consumed += Int64(input.count - offset - left)
                offset = input.count - left
                count = output.count - Int(stream.pointee.avail_out)
            }
        }
        // A full piece may have left output behind in zlib even when its input is used up.
        mayHaveOutput = status == Z_OK && piece.count == Self.pieceSize
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isInsideMember = false
        case Z_MEM_ERROR: throw .outOfMemory
        default: throw .damaged
        }
        return piece
    }
}
