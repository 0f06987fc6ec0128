import FHIR

/// Rules about the form of a text, on UTF-8 bytes, with short ways for ASCII.
enum TextForm {
    /// Whether the field is white space only; an empty field is not blank but absent (csv-feed.md §3).
    static func isBlank(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = field.first else { return false }
        // Nearly every value begins with a visible ASCII character.
        if first > 0x20, first < 0x7F { return false }
        return String(decoding: field, as: UTF8.self).unicodeScalars.allSatisfy(FHIRCode.isWhiteSpace)
    }

    /// Whether the field has at most `limit` characters (Unicode code points).
    static func fits(_ field: UnsafeBufferPointer<UInt8>, _ limit: Int) -> Bool {
        field.count <= limit || characterCount(field) <= limit
    }

    /// The number of characters (Unicode code points).
    static func characterCount(_ field: UnsafeBufferPointer<UInt8>) -> Int {
        field.reduce(into: 0) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
    }
}
