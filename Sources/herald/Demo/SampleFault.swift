/// One way in which a sample row is wrong, and wrong in no other.
enum SampleFault: Sendable {
    /// A value that the column's check refuses.
    case value(SampleColumn, kind: String, Value)
    /// A new record with the identifier of a live one.
    case duplicate
    /// An update, or a deletion, of a record that nobody has sent.
    case unknownRecord(action: String)
    /// A deletion of a record that is deleted already.
    case deletedTwice

    /// What is written into the column.
    enum Value: Sendable {
        case text(String)
        /// The last digit one too high.
        case wrongCheckDigit
        /// A day that is still to come, with a time of day behind it.
        case future(days: Int, time: String = "")
    }

    /// All of them; the files take them in turn.
    static let all: [SampleFault] = [
        .value(.nhsNumber, kind: "NHS_NUMBER_CHECKSUM", .wrongCheckDigit),
        .value(.surname, kind: "BLANK", .text(" ")),
        .duplicate,
        .value(.dateAndTime, kind: "DATETIME_INVALID", .future(days: 3, time: "T10150000")),
        .unknownRecord(action: "update"),
        .value(.actionFlag, kind: "ACTION_FLAG", .text("create")),
        .value(.procedureCode, kind: "SNOMED_INVALID", .wrongCheckDigit),
        .value(.doseSequence, kind: "OUT_OF_RANGE", .text("12")),
        .value(.birthDate, kind: "DATE_INVALID", .text("19800230")),
        .value(.surname, kind: "MANDATORY", .text("")),
        .deletedTwice,
        .value(.gender, kind: "NOT_ALLOWED", .text("8")),
        .value(.postcode, kind: "MANDATORY", .text("")),
        .value(.doseAmount, kind: "NOT_NUMBER", .text("half")),
        .value(.uniqueID, kind: "UNIQUE_ID_MISSING", .text("")),
        .value(.birthDate, kind: "DATE_FUTURE", .future(days: 30)),
        .value(.primarySource, kind: "NOT_BOOLEAN", .text("Y")),
        .unknownRecord(action: "delete"),
        .value(.nhsNumber, kind: "LENGTH", .text("999054")),
        .value(.recordedDate, kind: "DATETIME_INVALID", .text("20251301")),
        .value(.dateAndTime, kind: "MANDATORY", .text("")),
        .value(.productCode, kind: "SNOMED_INVALID", .wrongCheckDigit),
        .value(.locationCode, kind: "MANDATORY", .text("")),
        .value(.doseSequence, kind: "NOT_POSITIVE_INT", .text("first")),
        .value(.expiryDate, kind: "DATE_INVALID", .text("20250631")),
        .value(.surname, kind: "MAX_LENGTH", .text("Wolfeschlegelsteinhausenbergerdorff-Smith")),
        .value(.procedureCode, kind: "MANDATORY", .text("")),
        .value(.bodySiteCode, kind: "CODE_FORMAT", .text(" 368208006")),
        .value(.forename, kind: "MANDATORY", .text("")),
    ]
}

extension SampleFault.Value {
    /// The wrong text, made from the right one.
    func text(from right: String, today: SampleDay) -> String {
        switch self {
        case .text(let text): text
        case .wrongCheckDigit: right.dropLast() + (right.last == "9" ? "0" : String((Int(right.suffix(1)) ?? 0) + 1))
        case .future(let days, let time): (today + days).compact + time
        }
    }
}
