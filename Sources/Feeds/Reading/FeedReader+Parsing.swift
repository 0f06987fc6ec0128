import Vaccination

extension FeedReader {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Takes all of `bytes`.
    ///
    /// A record ends behind the first byte of its line end; the LF of a CRLF is then a blank line, and skipped as one.
    mutating func parse(
        _ bytes: UnsafeBufferPointer<UInt8>,
        into records: inout [FeedRecord]
    ) throws(FeedFileError) {
        let base = consumed
        defer { consumed = base + Int64(bytes.count) }
        var index = 0
        while index < bytes.count {
            switch state {
            case .quoted:
                let end = ByteSearch.firstIndex(of: UInt8(ascii: "\""), in: bytes, from: index) ?? bytes.count
                try append(bytes, index..<end, base: base, into: &records)
                index = end
                if index < bytes.count {
                    index += 1
                    state = .quoteInQuotes
                }

            case .quoteInQuotes:
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    try append(bytes, index..<(index + 1), base: base, into: &records)
                    index += 1
                    state = .quoted
                case UInt8(ascii: "|"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                    try endField(bytes[index], at: base + Int64(index), into: &records)
                    index += 1
                default:
                    state = .unquoted
                }

            case .fieldStart:
                if bytes[index] == UInt8(ascii: "\"") {
                    index += 1
                    state = .quoted
                } else {
                    state = .unquoted
                }

            case .unquoted:
                let end = Self.endOfUnquoted(in: bytes, from: index)
                try append(bytes, index..<end, base: base, into: &records)
                index = end
                if index < bytes.count {
                    try endField(bytes[index], at: base + Int64(index), into: &records)
                    index += 1
                }

            case .recordStart:
                if bytes[index] == UInt8(ascii: "\n") || bytes[index] == UInt8(ascii: "\r") {
                    guard position.headerRead else { throw .invalidHeader(.blankFirstLine) }
                    index += 1
                } else {
                    state = .fieldStart
                }
                position.byteOffset = base + Int64(index)

            case .byteOrderMark(let matched):
                try takeByteOrderMark(bytes[index], matched: matched, index: &index)
            }
        }
    }

    private mutating func takeByteOrderMark(_ byte: UInt8, matched: Int, index: inout Int) throws(FeedFileError) {
        if byte == Self.byteOrderMark[matched] {
            index += 1
            guard matched + 1 == Self.byteOrderMark.count else {
                state = .byteOrderMark(matched + 1)
                return
            }
            guard limits.toleratesByteOrderMark else { throw .invalidHeader(.byteOrderMark) }
            state = .recordStart
        } else {
            guard matched == 0 else { throw .invalidHeader(.column(position: 1, expected: FeedColumns.all[0].header)) }
            state = .recordStart
        }
    }

    private static func endOfUnquoted(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "|"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): return index
            default: index &+= 1
            }
        }
        return index
    }

    /// Adds content to the open field, or ends the file where a limit is reached.
    ///
    /// Which limit ends it must not depend on the chunks: it is the one that is reached at the earlier byte.
    private mutating func append(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ range: Range<Int>,
        base: Int64,
        into records: inout [FeedRecord]
    ) throws(FeedFileError) {
        let fieldRoom = limits.fieldBytes - scratch.fieldLength
        let rowRoom = limits.rowBytes - Int(base + Int64(range.lowerBound) - position.byteOffset)
        guard range.count <= fieldRoom, range.count <= rowRoom else {
            try fail(fieldRoom <= rowRoom ? .fieldTooLong : .rowTooLong, into: &records)
        }
        scratch.append(UnsafeBufferPointer(rebasing: bytes[range]))
    }

    /// Closes a field at its separator or at the record's line end, which lies at `offset` in the file.
    private mutating func endField(
        _ terminator: UInt8,
        at offset: Int64,
        into records: inout [FeedRecord]
    ) throws(FeedFileError) {
        guard offset - position.byteOffset <= Int64(limits.rowBytes) else { try fail(.rowTooLong, into: &records) }
        scratch.endField()
        if terminator == UInt8(ascii: "|") {
            state = .fieldStart
        } else {
            try endRecord(at: offset + 1, into: &records)
        }
    }
}
