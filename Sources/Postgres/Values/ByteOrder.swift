extension [UInt8] {
    /// Appends an integer in network order, as all of PostgreSQL's binary formats want it.
    @inline(__always)
    mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Overwrites four bytes at `offset`, which exist already, with an integer in network order.
    @inline(__always)
    mutating func replace(at offset: Int, bigEndian value: Int32) {
        Swift.withUnsafeBytes(of: value.bigEndian) { source in
            withUnsafeMutableBytes {
                UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + 4]).copyMemory(from: source)
            }
        }
    }
}

extension RawSpan {
    /// The integer in network order at `offset`, or `nil` where the bytes end before.
    func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as _: Value.Type = Value.self) -> Value?
    {
        guard offset >= 0, offset + MemoryLayout<Value>.size <= byteCount else { return nil }
        return Value(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The integer these bytes are, all of them.
    func bigEndian<Value: FixedWidthInteger & BitwiseCopyable>(as _: Value.Type = Value.self) -> Value? {
        byteCount == MemoryLayout<Value>.size ? bigEndian(at: 0) : nil
    }
}
