extension JSONValue {
    /// Arrays and objects may be nested this deep; FHIR resources stay far below.
    package static let maximumDepth = 64

    /// Reads one JSON text: strict RFC 8259 in UTF-8 without a byte order mark, no name twice in an object.
    package init(parsing bytes: Span<UInt8>) throws(JSONError) {
        // UTF-8 is checked once for the whole text; strings are cut at ASCII quotes and therefore whole as well.
        do { _ = try UTF8Span(validating: bytes) } catch {
            throw .invalidUTF8(offset: error.byteOffsets.lowerBound)
        }
        var parser = JSONParser()
        self = try parser.text(bytes)
    }

    /// Reads one JSON text: strict RFC 8259 in UTF-8 without a byte order mark, no name twice in an object.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        try self.init(parsing: bytes.span)
    }

    /// Reads one JSON text: strict RFC 8259, no name twice in an object.
    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: text.utf8.span)
    }
}
