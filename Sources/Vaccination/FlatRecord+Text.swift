extension FlatRecord {
    /// A record of 34 texts in column order; a different number of them is a programming error.
    package init(fields: [String]) {
        var bytes: [UInt8] = []
        var ends: [UInt32] = []
        ends.reserveCapacity(fields.count)
        for field in fields {
            bytes.append(contentsOf: field.utf8)
            ends.append(UInt32(bytes.count))
        }
        self.init(bytes: bytes, ends: ends)
    }

    /// The column's field as text.
    package func string(_ column: FeedColumn) -> String {
        String(decoding: bytes[range(column)], as: UTF8.self)
    }

    /// Lends the column's bytes for the duration of `body`.
    package func withField<R>(
        _ column: FeedColumn,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R {
        let range = range(column)
        return try bytes.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The column's field as text; setting one rebuilds the record, so this is for cold paths.
    package subscript(column: FeedColumn) -> String {
        get { string(column) }
        set {
            var fields = FeedColumn.allCases.map { string($0) }
            fields[column.rawValue] = newValue
            self = FlatRecord(fields: fields)
        }
    }
}
