/// The form of FHIR's `code`: `^\S+( \S+)*$` (csv-feed.md §5.7).
package enum FHIRCode {
    /// Whether the text has a code's form.
    package static func isCode(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isCode($0) }
    }

    /// Whether the UTF-8 has a code's form.
    package static func isCode(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        if field.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return !field.isEmpty }
        var previousIsSpace = true
        for scalar in String(decoding: field, as: UTF8.self).unicodeScalars {
            let isSpace = isWhiteSpace(scalar)
            if isSpace, previousIsSpace || scalar != " " { return false }
            previousIsSpace = isSpace
        }
        return !previousIsSpace
    }

    /// White space is Unicode's, and U+001C to U+001F, which the national service counts too.
    package static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }
}
