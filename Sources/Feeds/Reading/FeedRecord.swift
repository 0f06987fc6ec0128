package import Vaccination

/// One data record of a feed as it was read, before any rule looked at its values.
package struct FeedRecord: Sendable, Hashable {
    /// What makes a record unusable whatever its values are.
    package enum Fault: Sendable, Hashable {
        /// A field holds U+0000, which PostgreSQL cannot store.
        case nullCharacter
        /// The file ended inside quotes. The fields before the open one are there.
        case openQuote
        /// A field is over the limit. The fields before it are there.
        case fieldTooLong
        /// The record is over the limit. The fields that end within it are there.
        case rowTooLong
    }

    /// Position among the data records from 1; blank lines and line breaks inside quotes do not count.
    package let rowNumber: Int64
    /// The 34 fields in UTF-8; missing ones are empty, further ones are dropped.
    package let flat: FlatRecord
    /// How many fields the record has in the file.
    package let fieldCount: Int
    /// Why the record must be rejected, if it must.
    package let fault: Fault?
    /// Where to go on after this record.
    ///
    /// For a record that ends the file (every fault but a null character) it is the place *before* the record: a
    /// reader started there comes to the same end, never past it.
    package let endPosition: FeedPosition

    /// A record with its place in the file.
    package init(
        rowNumber: Int64,
        flat: FlatRecord,
        fieldCount: Int,
        fault: Fault? = nil,
        endPosition: FeedPosition
    ) {
        self.rowNumber = rowNumber
        self.flat = flat
        self.fieldCount = fieldCount
        self.fault = fault
        self.endPosition = endPosition
    }

    /// Whether the record has more fields than the layout has columns; it is processed all the same.
    package var hasExtraFields: Bool { fieldCount > FeedColumns.all.count }
}
