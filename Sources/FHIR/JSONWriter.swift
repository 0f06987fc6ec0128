/// Writes JSON as bytes, straight into a buffer that is kept from one document to the next.
///
/// Commas are set by themselves; that braces match and that members stand in objects is the caller's business.
/// This is the hot path of the intake: no `String` is made and nothing is looked at twice.
package struct JSONWriter: Sendable {
    private var bytes: [UInt8] = []
    private var needsComma = false

    private init() {}

    /// Appends what `body` writes to `bytes`, whose storage is lent to the writer for that time.
    package static func append<E: Error>(
        to bytes: inout [UInt8],
        _ body: (inout JSONWriter) throws(E) -> Void
    ) throws(E) {
        var writer = JSONWriter()
        swap(&writer.bytes, &bytes)
        defer { swap(&writer.bytes, &bytes) }
        try body(&writer)
    }

    /// What `body` writes.
    package static func bytes<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) -> [UInt8] {
        var bytes: [UInt8] = []
        try append(to: &bytes, body)
        return bytes
    }

    /// Writes `{`, after a comma if something precedes it.
    package mutating func beginObject() { begin(UInt8(ascii: "{")) }
    /// Writes `}`.
    package mutating func endObject() { end(UInt8(ascii: "}")) }
    /// Writes `[`, after a comma if something precedes it.
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }
    /// Writes `]`.
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes the name of a member, which must need no escape; its value has to follow.
    package mutating func name(_ name: StaticString) {
        let comma = needsComma
        bytes.append(atMost: name.utf8CodeUnitCount + 4) { cursor in
            if comma { cursor.put(UInt8(ascii: ",")) }
            cursor.put(UInt8(ascii: "\""))
            cursor.put(name)
            cursor.put(UInt8(ascii: "\""))
            cursor.put(UInt8(ascii: ":"))
        }
        needsComma = false
    }

    /// Writes a member whose value is a string of UTF-8 bytes: what most of a resource is made of.
    package mutating func member(_ name: StaticString, _ utf8: Span<UInt8>) {
        guard utf8.endOfPlainText(from: 0) == utf8.count else {
            self.name(name)
            return string(utf8)
        }
        let comma = needsComma
        bytes.append(atMost: name.utf8CodeUnitCount + utf8.count + 6) { cursor in
            if comma { cursor.put(UInt8(ascii: ",")) }
            cursor.put(UInt8(ascii: "\""))
            cursor.put(name)
            cursor.put(UInt8(ascii: "\""))
            cursor.put(UInt8(ascii: ":"))
            cursor.put(UInt8(ascii: "\""))
            cursor.put(utf8)
            cursor.put(UInt8(ascii: "\""))
        }
        needsComma = true
    }

    /// Writes the name of a member, escaped where it must be; its value has to follow.
    package mutating func name(escaping name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string of UTF-8 bytes, escaped where RFC 8259 §7 demands it and nowhere else.
    package mutating func string(_ utf8: Span<UInt8>) {
        guard utf8.endOfPlainText(from: 0) == utf8.count else { return escapedString(utf8) }
        let comma = needsComma
        bytes.append(atMost: utf8.count + 3) { cursor in
            if comma { cursor.put(UInt8(ascii: ",")) }
            cursor.put(UInt8(ascii: "\""))
            cursor.put(utf8)
            cursor.put(UInt8(ascii: "\""))
        }
        needsComma = true
    }

    private mutating func escapedString(_ utf8: Span<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.appendJSONEscaped(utf8)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes a string, escaped where RFC 8259 §7 demands it and nowhere else.
    package mutating func string(_ text: String) {
        string(text.utf8.span)
    }

    /// Writes a string that needs no escape: what `body` appends stands between the quotes as it is.
    package mutating func plainString(_ body: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        body(&bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes a value or, within an object, whole members that are JSON already: what `body` appends, as it is.
    package mutating func raw(_ body: (inout [UInt8]) -> Void) {
        separate()
        body(&bytes)
        needsComma = true
    }

    /// Writes a value or, within an object, whole members that are JSON already.
    package mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Writes a fixed value or, within an object, fixed members that are JSON already.
    package mutating func raw(_ json: StaticString) {
        let comma = needsComma
        bytes.append(atMost: json.utf8CodeUnitCount + 1) { cursor in
            if comma { cursor.put(UInt8(ascii: ",")) }
            cursor.put(json)
        }
        needsComma = true
    }

    /// Writes fixed brackets and names that open something, such as `{"coding":[{`, after a comma if one is due.
    package mutating func open(_ json: StaticString) {
        raw(json)
        needsComma = false
    }

    /// Writes fixed brackets that close something, such as `}]}`.
    package mutating func close(_ json: StaticString) {
        bytes.append(atMost: json.utf8CodeUnitCount) { $0.put(json) }
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
