import Vaccination

/// What the reading of a file finds in a row, before any value is looked at.
extension RowFinding {
    /// A row that was read only in part.
    static func syntax(_ fault: FeedRecord.Fault) -> RowFinding {
        let text =
            switch fault {
            case .openQuote: "The row has a quoted field that is never closed; the file ends in it"
            case .fieldTooLong: "The row has a field that is too long; the file was not read beyond it"
            case .rowTooLong: "The row is too long; the file was not read beyond it"
            case .nullCharacter: "The row holds the character U+0000"
            }
        return RowFinding(kind: fault == .nullCharacter ? .controlCharacter : .syntax, column: nil, text: text)
    }

    /// A warning: the row has `count` fields.
    static func extraFields(_ count: Int) -> RowFinding {
        RowFinding(
            kind: .extraFields,
            column: nil,
            text: "The row has \(count) fields; those after the 34th were ignored"
        )
    }
}
