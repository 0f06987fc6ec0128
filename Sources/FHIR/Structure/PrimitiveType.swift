/// The primitive types of FHIR R4 that occur in the resources Herald takes (<http://hl7.org/fhir/R4/datatypes.html>).
package enum PrimitiveType: Hashable, Sendable {
    case boolean, integer, positiveInt, unsignedInt, decimal
    case string, code, id, uri, date, dateTime, instant, time, base64Binary
    /// A code of a value set that FHIR closes.
    case oneOf([String])

    /// Whether a JSON value is written as FHIR wants it.
    ///
    /// Identifiers' systems are any text: the feed takes them so (csv-feed.md §4), and `uri` forbids no more than that
    /// here.
    func holds(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.boolean, .bool): true
        case (.integer, .number(let digits)): Int32(digits) != nil
        case (.positiveInt, .number(let digits)): Int32(digits).map { $0 > 0 } ?? false
        case (.unsignedInt, .number(let digits)): Int32(digits).map { $0 >= 0 } ?? false
        case (.decimal, .number): true
        case (.boolean, _), (.integer, _), (.positiveInt, _), (.unsignedInt, _), (.decimal, _): false
        case (_, .string(let text)): !text.isEmpty && holds(text)
        default: false
        }
    }

    private func holds(_ text: String) -> Bool {
        switch self {
        case .code: FHIRCode.isCode(text)
        case .id: text.utf8.count <= 64 && text.utf8.allSatisfy(Self.isIDCharacter)
        case .date: FHIRDateTime(text).map { !$0.hasTime } ?? false
        case .dateTime: FHIRDateTime(text).map { !$0.hasTime || $0.offsetMinutes != nil } ?? false
        case .instant: FHIRInstant(text) != nil
        case .time: FHIRDateTime("2000-01-01T" + text).map { $0.hasTime && $0.offsetMinutes == nil } ?? false
        case .oneOf(let codes): codes.contains(text)
        case .boolean, .integer, .positiveInt, .unsignedInt, .decimal: false
        case .string, .uri, .base64Binary: true
        }
    }

    private static func isIDCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// What the value must be, as the end of a sentence.
    var expectation: String {
        switch self {
        case .boolean: "must be true or false"
        case .integer: "must be an integer"
        case .positiveInt: "must be an integer of at least 1"
        case .unsignedInt: "must be an integer of at least 0"
        case .decimal: "must be a number"
        case .string, .uri: "must be a string that is not empty"
        case .code: "must be a code, without white space around it and with single spaces inside"
        case .id: "must be an id of 1 to 64 letters, digits, hyphens and points"
        case .date: "must be a date YYYY-MM-DD, YYYY-MM or YYYY"
        case .dateTime: "must be a date, or a date and time with an offset"
        case .instant: "must be a date and time with an offset"
        case .time: "must be a time hh:mm:ss"
        case .base64Binary: "must be a string in Base64"
        case .oneOf(let codes): "must be one of the following: \(codes.joined(separator: ", "))"
        }
    }
}
