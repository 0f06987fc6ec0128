import Vaccination

/// The record being read: its fields' content so far, unescaped, still in the file's encoding.
struct RecordScratch: Sendable {
    /// Fields the record has so far, beyond the 34th too.
    private(set) var fieldCount = 0
    /// Bytes of content the open field has so far.
    private(set) var fieldLength = 0
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    init() {
        bytes.reserveCapacity(4_096)
        ends.reserveCapacity(FeedColumns.count)
    }

    /// Adds content to the open field; past the last column it is counted, not kept.
    mutating func append(_ content: UnsafeBufferPointer<UInt8>) {
        fieldLength += content.count
        if fieldCount < FeedColumns.count { bytes.append(contentsOf: content) }
    }

    /// Adds a quote to the open field.
    mutating func appendQuote() {
        fieldLength += 1
        if fieldCount < FeedColumns.count { bytes.append(UInt8(ascii: "\"")) }
    }

    /// Closes the open field.
    mutating func endField() {
        if fieldCount < FeedColumns.count { ends.append(UInt32(truncatingIfNeeded: bytes.count)) }
        fieldCount += 1
        fieldLength = 0
    }

    /// Drops the open field's content, so that a record cut short is the same wherever the chunks were cut.
    mutating func dropOpenField() {
        bytes.removeLast(bytes.count - Int(ends.last ?? 0))
        fieldLength = 0
    }

    /// Whether a field holds U+0000.
    var holdsNullCharacter: Bool { ByteSearch.contains(0, in: bytes) }

    /// The closed fields in UTF-8, and an empty scratch for the next record.
    ///
    /// The content is copied, so that the record takes no more memory than it needs and the scratch keeps its own.
    mutating func takeRecord(encoding: FeedEncoding) -> FlatRecord {
        while ends.count < FeedColumns.count { ends.append(UInt32(truncatingIfNeeded: bytes.count)) }
        defer { reset() }
        if encoding == .windows1252, bytes.contains(where: { $0 >= 0x80 }) {
            let (bytes, ends) = Windows1252.transcode(bytes, ends: ends)
            return FlatRecord(bytes: bytes, ends: ends)
        }
        return FlatRecord(
            bytes: bytes.withUnsafeBufferPointer { Array($0) },
            ends: ends.withUnsafeBufferPointer { Array($0) }
        )
    }

    private mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        fieldCount = 0
        fieldLength = 0
    }
}
