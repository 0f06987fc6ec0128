/// A row's fields, borrowed for the time of a check.
package struct RowFields {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let ends: UnsafeBufferPointer<UInt32>

    /// Lends the fields of a record to `body`.
    package static func with<Result>(_ flat: FlatRecord, _ body: (RowFields) -> Result) -> Result {
        flat.bytes.withUnsafeBufferPointer { bytes in
            flat.ends.withUnsafeBufferPointer { ends in body(RowFields(bytes: bytes, ends: ends)) }
        }
    }

    /// The column's field; empty for an absent one.
    package subscript(column: FeedColumn) -> UnsafeBufferPointer<UInt8> {
        let index = column.rawValue
        let start = index == 0 ? 0 : Int(ends[index &- 1])
        return UnsafeBufferPointer(rebasing: bytes[start..<Int(ends[index])])
    }

    /// Whether the column holds nothing.
    package func isEmpty(_ column: FeedColumn) -> Bool { self[column].isEmpty }
}
