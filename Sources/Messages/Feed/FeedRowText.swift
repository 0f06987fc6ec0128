import Vaccination

/// A row as the feed wants it: every field in quotes, `|` between them, CRLF (nis-feed.md §2, csv-feed.md §3).
enum FeedRowText {
    /// The header record.
    static let header: [UInt8] = {
        Array((FeedColumn.allCases.map { "\"\($0.header)\"" }.joined(separator: "|") + "\r\n").utf8)
    }()

    /// Columns without which a row is of no use to anybody (csv-feed.md §4, M).
    static let mandatoryColumns: Set<FeedColumn> = [
        .personForename, .personSurname, .personDOB, .personGenderCode, .personPostcode, .dateAndTime, .siteCode,
        .siteCodeTypeURI, .uniqueID, .uniqueIDURI, .actionFlag, .recordedDate, .primarySource,
        .vaccinationProcedureCode, .locationCode, .locationCodeTypeURI,
    ]

    /// Appends the record's row; ACTION_FLAG is the event's, whatever the record says (immunization-mapping.md §5).
    static func append(_ record: FlatRecord, action: ActionFlag, to row: inout [UInt8]) {
        // Quotes inside fields are rare: one look at the whole record spares a look at each field.
        let isPlain = !record.bytes.contains(UInt8(ascii: "\""))
        record.bytes.withUnsafeBufferPointer { bytes in
            for column in FeedColumn.allCases {
                row.append(UInt8(ascii: "\""))
                if column == .actionFlag {
                    row.append(contentsOf: action.rawValue.utf8)
                } else if isPlain {
                    row.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[record.range(column)]))
                } else {
                    for byte in bytes[record.range(column)] {
                        if byte == UInt8(ascii: "\"") { row.append(byte) }
                        row.append(byte)
                    }
                }
                row.append(UInt8(ascii: "\""))
                row.append(UInt8(ascii: "|"))
            }
        }
        row[row.count - 1] = UInt8(ascii: "\r")
        row.append(UInt8(ascii: "\n"))
    }
}
