import Vaccination

extension FeedReader {
    /// Hands out the record in hand, which ends before `offset`, or takes it as the header.
    mutating func endRecord(at offset: Int64, into records: inout [FeedRecord]) throws(FeedFileError) {
        state = .recordStart
        guard position.headerRead else {
            try takeHeader()
            position.headerRead = true
            position.byteOffset = offset
            return
        }
        guard position.rowNumber < limits.rows else { throw .tooManyRows(limit: limits.rows) }
        let fault: FeedRecord.Fault? = scratch.holdsNullCharacter ? .nullCharacter : nil
        let fieldCount = scratch.fieldCount
        position.byteOffset = offset
        position.rowNumber += 1
        records.append(
            FeedRecord(
                rowNumber: position.rowNumber,
                flat: scratch.takeRecord(encoding: encoding),
                fieldCount: fieldCount,
                fault: fault,
                endPosition: position
            )
        )
    }

    /// Hands out the record in hand as the file's last, with what is left of it, and ends the file.
    ///
    /// The position stays before the record.
    mutating func fail(_ fault: FeedRecord.Fault, into records: inout [FeedRecord]) throws(FeedFileError) -> Never {
        guard position.headerRead else { throw .invalidHeader(.unreadable) }
        guard position.rowNumber < limits.rows else { throw .tooManyRows(limit: limits.rows) }
        let row = position.rowNumber + 1
        let fieldCount = scratch.fieldCount + 1
        scratch.dropOpenField()
        records.append(
            FeedRecord(
                rowNumber: row,
                flat: scratch.takeRecord(encoding: encoding),
                fieldCount: fieldCount,
                fault: fault,
                endPosition: position
            )
        )
        switch fault {
        case .rowTooLong: throw .rowTooLong(row: row, limit: limits.rowBytes)
        case .fieldTooLong: throw .fieldTooLong(row: row, limit: limits.fieldBytes)
        case .openQuote, .nullCharacter: throw .unterminatedQuote(row: row)
        }
    }

    /// Ends the record in hand with the file.
    mutating func endFile(into records: inout [FeedRecord]) throws(FeedFileError) {
        switch state {
        case .byteOrderMark(1...):
            throw .invalidHeader(.unreadable)
        case .byteOrderMark, .recordStart:
            guard position.headerRead else { throw .invalidHeader(.emptyFile) }
        case .quoted:
            try fail(.openQuote, into: &records)
        case .fieldStart, .unquoted, .quoteInQuotes:
            guard consumed - position.byteOffset <= Int64(limits.rowBytes) else {
                try fail(.rowTooLong, into: &records)
            }
            scratch.endField()
            try endRecord(at: consumed, into: &records)
        }
    }

    /// Compares the first record with the 34 names.
    private mutating func takeHeader() throws(FeedFileError) {
        let found = scratch.fieldCount
        let names = scratch.takeRecord(encoding: .windows1252)
        if let fault = Self.headerFault(names, found: found) { throw .invalidHeader(fault) }
    }

    private static func headerFault(_ names: FlatRecord, found: Int) -> FeedFileError.HeaderFault? {
        let wrong = FeedColumns.all.first { names.string($0) != $0.header }
        guard found != FeedColumns.count || wrong != nil else { return nil }
        let first = names.string(.nhsNumber)
        if first.hasPrefix("\u{00FF}\u{00FE}") || first.hasPrefix("\u{00FE}\u{00FF}") { return .notBytewise }
        if found == 1, first.contains(where: { $0 == "," || $0 == ";" || $0 == "\t" }) { return .delimiter }
        if found == 57 { return .layoutOf2023 }
        if found != FeedColumns.count { return .columnCount(found: found) }
        if FeedColumns.all.allSatisfy({ names.string($0).uppercased() == $0.header }) { return .lowerCase }
        return wrong.map { .column(position: $0.rawValue + 1, expected: $0.header) }
    }
}
