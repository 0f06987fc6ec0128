/// A place between two records of a file, from which a reader can go on.
package struct FeedPosition: Sendable, Hashable {
    /// Offset in the raw file of the byte to read next.
    package var byteOffset: Int64
    /// Number of the last row before this place; 0 before the first.
    package var rowNumber: Int64
    /// Whether the header lies before this place.
    package var headerRead: Bool

    /// A place in a file.
    package init(byteOffset: Int64, rowNumber: Int64, headerRead: Bool) {
        self.byteOffset = byteOffset
        self.rowNumber = rowNumber
        self.headerRead = headerRead
    }

    /// The beginning of a file.
    package static let start = FeedPosition(byteOffset: 0, rowNumber: 0, headerRead: false)
}
