/// Reads a feed's bytes, in chunks of any size, into records (csv-feed §3).
///
/// The reader holds the record in hand and nothing else: at most ``FeedLimits/rowBytes``, however long a line is. It
/// gives the same records for every way of cutting the file, and a reader started at a record's ``FeedRecord/endPosition``
/// and fed the bytes from that offset on gives exactly the rest.
///
/// Bad rows are the row checker's; the reader fails only when it cannot tell any more where rows begin and end, or a
/// limit is reached. It then hands out the broken row as its last record (with a ``FeedRecord/Fault``), throws, and
/// throws the same error at every later call. Records handed out before count.
package struct FeedReader: Sendable {
    /// What the next byte can mean.
    enum State: Sendable {
        /// So many bytes of a byte order mark were seen at the start of the file.
        case byteOrderMark(Int)
        /// Between two records.
        case recordStart
        case fieldStart
        case unquoted
        case quoted
        /// After a quote inside quotes: the first of a doubled one, or the closing one.
        case quoteInQuotes
    }

    /// The encoding the file's records are decoded from.
    package let encoding: FeedEncoding
    /// The limits the file must keep.
    package let limits: FeedLimits
    /// Where the record in hand begins, or the next one: what is behind this place is handed out.
    package internal(set) var position: FeedPosition

    var state: State
    var scratch = RecordScratch()
    /// Offset in the file behind the last byte taken.
    var consumed: Int64
    private var failure: FeedFileError?

    /// A reader for the bytes from `position` on.
    package init(encoding: FeedEncoding, limits: FeedLimits = FeedLimits(), startingAt position: FeedPosition = .start)
    {
        self.encoding = encoding
        self.limits = limits
        self.position = position
        consumed = position.byteOffset
        state = position.byteOffset == 0 ? .byteOrderMark(0) : .recordStart
    }

    /// Takes the next bytes of the file and appends the records they complete.
    ///
    /// - Throws: why the file ends here; records completed before the error were appended.
    package mutating func read(_ chunk: Span<UInt8>, into records: inout [FeedRecord]) throws(FeedFileError) {
        if let failure { throw failure }
        let room = limits.fileBytes - consumed
        do {
            try chunk.withUnsafeBufferPointer { (bytes) throws(FeedFileError) in
                let allowed = Int(min(Int64(bytes.count), max(0, room)))
                try parse(UnsafeBufferPointer(rebasing: bytes[..<allowed]), into: &records)
                if allowed < bytes.count { throw .fileTooLarge(limit: limits.fileBytes) }
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// Takes the next bytes of the file and appends the records they complete.
    ///
    /// - Throws: as ``read(_:into:)-(Span<UInt8>,_)``.
    package mutating func read(_ chunk: [UInt8], into records: inout [FeedRecord]) throws(FeedFileError) {
        try read(chunk.span, into: &records)
    }

    /// Says that the file ends here, and appends the last record if it has no line end.
    ///
    /// - Throws: ``FeedFileError/unterminatedQuote(row:)``, or ``FeedFileError/invalidHeader(_:)`` if there was none.
    package mutating func finish(into records: inout [FeedRecord]) throws(FeedFileError) {
        if let failure { throw failure }
        do {
            try endFile(into: &records)
        } catch {
            failure = error
            throw error
        }
    }
}
