import Vaccination

/// Reads the records of a feed file from chunks of bytes, exactly in the form this hub writes: every field quoted,
/// CRLF.
///
/// Stricter than the intake on purpose: it checks the feed, where the intake gets along with what sites send.
struct FeedRecordParser {
    private enum State {
        case fieldStart, inField, afterQuote, afterReturn
    }

    /// Bytes of a record's fields; far above what 34 fields of the feed hold.
    private static let maximumRecordSize = 1 << 20

    private let file: String
    private var state = State.fieldStart
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []
    /// Records completed so far, the header included.
    private(set) var records = 0

    init(file: String) { self.file = file }

    /// Takes the next bytes of the file and hands over each row that they complete, with its number from 1.
    mutating func read(_ chunk: [UInt8], _ body: (FlatRecord, Int) throws -> Void) throws {
        var position = 0
        while position < chunk.count {
            // Nearly every byte is inside a field, where only a quote means anything.
            if state == .inField {
                let end = chunk[position...].firstIndex(of: UInt8(ascii: "\"")) ?? chunk.count
                bytes.append(contentsOf: chunk[position..<end])
                position = end
                // A quote that is never closed would otherwise gather the rest of the file.
                guard bytes.count <= Self.maximumRecordSize else { throw fault }
                guard position < chunk.count else { return }
            }
            let byte = chunk[position]
            position += 1
            switch (state, byte) {
            case (.fieldStart, UInt8(ascii: "\"")): state = .inField
            case (.inField, UInt8(ascii: "\"")): state = .afterQuote
            case (.afterQuote, UInt8(ascii: "\"")):
                bytes.append(byte)
                state = .inField
            case (.afterQuote, UInt8(ascii: "|")):
                ends.append(UInt32(bytes.count))
                state = .fieldStart
            case (.afterQuote, UInt8(ascii: "\r")):
                ends.append(UInt32(bytes.count))
                state = .afterReturn
            case (.afterReturn, UInt8(ascii: "\n")):
                try complete(body)
                state = .fieldStart
            default: throw fault
            }
        }
    }

    /// Checks that the file ended behind a record and had a header at least.
    func end() throws {
        guard case .fieldStart = state, ends.isEmpty, records > 0 else { throw fault }
    }

    private mutating func complete(_ body: (FlatRecord, Int) throws -> Void) throws {
        guard ends.count == FeedColumn.allCases.count else { throw fault }
        let record = FlatRecord(bytes: bytes, ends: ends)
        if records == 0 {
            guard FeedColumn.allCases.allSatisfy({ record.string($0) == $0.header }) else { throw fault }
        } else {
            try body(record, records)
        }
        records += 1
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    private var fault: MessagesError { .feedRecord(file: file, record: records) }
}
