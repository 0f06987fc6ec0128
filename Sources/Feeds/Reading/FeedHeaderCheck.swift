/// Looks for the 34 column names at the beginning of a file while it arrives.
///
/// So the sender learns at once, with the InfAck, what would else be found when the file's turn comes.
struct FeedHeaderCheck {
    private var reader: FeedReader
    private var fault: FeedFileError?
    private var isDone = false

    init(limits: FeedLimits) {
        // The header is ASCII, whatever the rows are in.
        reader = FeedReader(encoding: .utf8, limits: limits)
    }

    /// Takes the next bytes of the file.
    mutating func consume(_ bytes: [UInt8]) {
        // Small pieces: what stands behind the header is read for nothing.
        var start = 0
        while !isDone, start < bytes.count {
            let piece = Array(bytes[start..<min(start + 1024, bytes.count)])
            start += piece.count
            look { (reader, records) throws(FeedFileError) in try reader.read(piece, into: &records) }
        }
    }

    /// Says that the file ends here.
    ///
    /// - Returns: What is wrong with its header; nil for nothing.
    mutating func finish() -> FeedFileError? {
        if !isDone { look { (reader, records) throws(FeedFileError) in try reader.finish(into: &records) } }
        return fault
    }

    private mutating func look(_ read: (inout FeedReader, inout [FeedRecord]) throws(FeedFileError) -> Void) {
        var records: [FeedRecord] = []
        do {
            try read(&reader, &records)
        } catch {
            if !reader.position.headerRead { fault = error }
            isDone = true
        }
        isDone = isDone || reader.position.headerRead
    }
}
