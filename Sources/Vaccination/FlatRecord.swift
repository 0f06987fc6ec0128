/// The 34 fields of one record as text: one run of UTF-8 bytes and where each field ends.
///
/// An empty field is an absent one (csv-feed.md §3). Two allocations hold a whole row, so a feed is read without
/// making a `String` a field.
package struct FlatRecord: Sendable, Hashable {
    /// The fields one after another, unescaped, in column order.
    package private(set) var bytes: [UInt8]

    /// For each column, in order, the offset in ``bytes`` just behind its last byte.
    package private(set) var ends: [UInt32]

    /// A record whose fields are all empty.
    package init() {
        bytes = []
        ends = Self.noEnds
    }

    /// A record of 34 fields.
    ///
    /// `ends` must hold 34 ascending offsets, the last one `bytes.count`; anything else is a programming error.
    package init(bytes: [UInt8], ends: [UInt32]) {
        precondition(ends.count == FeedColumn.allCases.count, "a record has 34 fields")
        precondition(ends[ends.count - 1] == UInt32(bytes.count), "the last field ends where the bytes end")
        for index in 1..<ends.count {
            precondition(ends[index - 1] <= ends[index], "fields follow one another")
        }
        self.bytes = bytes
        self.ends = ends
    }

    /// Where the column's field lies in ``bytes``.
    package func range(_ column: FeedColumn) -> Range<Int> {
        let index = column.rawValue
        return (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    /// Whether the column holds nothing, which means the value is absent.
    package func isEmpty(_ column: FeedColumn) -> Bool {
        range(column).isEmpty
    }

    private static let noEnds = [UInt32](repeating: 0, count: FeedColumn.allCases.count)
}
