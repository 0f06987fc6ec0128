package import Vaccination

/// Writes a feed in the published form: header, every field quoted, CRLF, UTF-8, no byte order mark (nis-feed §2).
///
/// The text collects in ``bytes`` until it is taken; a long file is written by taking it again and again.
package struct FeedWriter: Sendable {
    /// What was written since it was last taken.
    package private(set) var bytes: [UInt8] = []
    /// Data rows written so far.
    package private(set) var rowCount = 0
    /// Bytes written so far, header included, taken or not.
    package private(set) var byteCount = 0

    /// A writer that has written the header.
    package init() {
        for column in FeedColumns.all {
            var header = column.header
            header.withUTF8 { appendField($0, first: column == .nhsNumber) }
        }
        endRow()
    }

    /// Writes one row.
    package mutating func append(_ flat: FlatRecord) {
        RowFields.with(flat) { fields in
            for column in FeedColumns.all { appendField(fields[column], first: column == .nhsNumber) }
        }
        endRow()
        rowCount += 1
    }

    /// Hands over what was written since the last time.
    package mutating func takeBytes() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: false) }
        return bytes
    }

    private mutating func appendField(_ field: UnsafeBufferPointer<UInt8>, first: Bool) {
        let quote = UInt8(ascii: "\"")
        let before = bytes.count
        if !first { bytes.append(UInt8(ascii: "|")) }
        bytes.append(quote)
        var start = 0
        while let found = ByteSearch.firstIndex(of: quote, in: field, from: start) {
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: field[start...found]))
            bytes.append(quote)
            start = found + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: field[start...]))
        bytes.append(quote)
        byteCount += bytes.count - before
    }

    private mutating func endRow() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
        byteCount += 2
    }
}
