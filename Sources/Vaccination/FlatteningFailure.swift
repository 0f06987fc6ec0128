import FHIR

/// Why one column could not be filled.
enum FlatteningFailure: Error {
    /// An element is not of the JSON type FHIR gives it.
    case wrongShape(element: String)
    /// `occurrenceDateTime`, on which names and addresses depend, is missing or unreadable.
    case noOccurrence
    /// A value that is of the right type and cannot be converted.
    case notConvertible(value: String, message: String)

    func conversionError(in column: FeedColumn) -> ConversionError {
        switch self {
        case .wrongShape(let element):
            let message = "\(element) is not what FHIR says it is"
            return ConversionError(code: .extractionFailed, column: column, value: "", message: message)
        case .noOccurrence:
            let message = "occurrenceDateTime is missing or unreadable"
            return ConversionError(code: .extractionFailed, column: column, value: "", message: message)
        case .notConvertible(let value, let message):
            return ConversionError(code: .notConvertible, column: column, value: value, message: message)
        }
    }
}

/// Reading that tells missing from malformed: what is missing, or null, reads as empty; what is there and of the
/// wrong type throws.
extension JSONValue {
    func text(_ name: String) throws(FlatteningFailure) -> String {
        switch self[name] {
        case .string(let text): text
        case nil, .null: ""
        default: throw .wrongShape(element: name)
        }
    }

    /// A number's digits as they were sent.
    func digits(_ name: String) throws(FlatteningFailure) -> String {
        switch self[name] {
        case .number(let digits): digits
        case nil, .null: ""
        default: throw .wrongShape(element: name)
        }
    }

    /// `YYYYMMDD` of a full date or of the date part of a time, as written.
    func date(_ name: String) throws(FlatteningFailure) -> String {
        let text = try text(name)
        guard !text.isEmpty else { return "" }
        guard let date = FHIRDateTime(text), date.precision == .day || date.hasTime else {
            throw .notConvertible(value: text, message: "not a full date")
        }
        var bytes: [UInt8] = []
        date.date.appendCompact(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func element(_ name: String) throws(FlatteningFailure) -> JSONValue {
        switch self[name] {
        case .object(let object): .object(object)
        case nil, .null: [:]
        default: throw .wrongShape(element: name)
        }
    }

    func elements(_ name: String) throws(FlatteningFailure) -> [JSONValue] {
        switch self[name] {
        case .array(let elements) where elements.allSatisfy({ $0.object != nil }): elements
        case nil, .null: []
        default: throw .wrongShape(element: name)
        }
    }
}
