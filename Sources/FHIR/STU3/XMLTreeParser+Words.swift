extension XMLTreeParser {
    /// The attributes of a tag, up to what ends it.
    mutating func attributes() throws(XMLError) -> [XMLElement.Attribute] {
        var attributes: [XMLElement.Attribute] = []
        while true {
            let before = position
            skipWhiteSpace()
            switch try peek() {
            case UInt8(ascii: "/"), UInt8(ascii: ">"), UInt8(ascii: "?"): return attributes
            default: guard position > before else { throw .unexpectedByte(offset: position) }
            }
            let start = position
            let name = try name()
            skipWhiteSpace()
            guard take("=") else { throw .unexpectedByte(offset: position) }
            skipWhiteSpace()
            // FHIR knows three attributes; the limit keeps the look for a second one from costing a square.
            guard attributes.count < 32 else { throw .tooLong(offset: start) }
            guard !attributes.contains(where: { $0.name == name }) else { throw .duplicateAttribute(offset: start) }
            attributes.append(.init(name: name, value: try attributeValue()))
        }
    }

    /// What stands in quotes, its references resolved, white space made blanks (XML 1.0 §3.3.3).
    private mutating func attributeValue() throws(XMLError) -> String {
        let quote = try peek()
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw .unexpectedByte(offset: position) }
        position += 1
        var value: [UInt8] = []
        while true {
            let byte = try peek()
            switch byte {
            case quote:
                position += 1
                return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "<"): throw .unexpectedByte(offset: position)
            case UInt8(ascii: "&"): value += try reference()
            case UInt8(ascii: "\r") where comes("\r\n"): position += 1
            default:
                value.append(Self.isWhiteSpace(byte) ? UInt8(ascii: " ") : byte)
                position += 1
            }
        }
    }

    /// The UTF-8 of the character that a reference means.
    mutating func reference() throws(XMLError) -> [UInt8] {
        let start = position
        position += 1
        if take("#") { return try characterReference(from: start) }
        for (text, character) in [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("apos;", "'")]
        where take(text) {
            return Array(character.utf8)
        }
        throw .unknownReference(offset: start)
    }

    private mutating func characterReference(from start: Int) throws(XMLError) -> [UInt8] {
        let radix = take("x") ? 16 : 10
        let digits = position
        while try peek() != UInt8(ascii: ";") {
            // The longest has seven digits; leading zeros are allowed, but not without end.
            guard position - digits < 16 else { throw .unknownReference(offset: start) }
            position += 1
        }
        let text = String(decoding: bytes[digits..<position], as: UTF8.self)
        position += 1
        // A sign is a number's to Swift, not to XML.
        guard text.utf8.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) == true,
            let value = UInt32(text, radix: radix)
        else { throw .unknownReference(offset: start) }
        guard let scalar = Unicode.Scalar(value), scalar.isLegalInXML else { throw .illegalCharacter(offset: start) }
        return Array(String(scalar).utf8)
    }

    /// A name, with its prefix if it has one.
    mutating func name() throws(XMLError) -> String {
        let start = position
        while Self.isName(try peek(), first: position == start) { position += 1 }
        guard position > start else { throw .unexpectedByte(offset: position) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Letters beyond ASCII are not told from other characters: no FHIR name has any.
    private static func isName(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), 0x80...0xFF:
            true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): !first
        default: false
        }
    }

    func peek() throws(XMLError) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
        return bytes[position]
    }

    func comes(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    mutating func take(_ text: String) -> Bool {
        guard comes(text) else { return false }
        position += text.utf8.count
        return true
    }

    mutating func skip(through text: String) throws(XMLError) {
        while !take(text) {
            guard position < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
            position += 1
        }
    }

    mutating func skipWhiteSpace() {
        while position < bytes.count, Self.isWhiteSpace(bytes[position]) { position += 1 }
    }

    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}

extension [UInt8] {
    /// Where the first character of the UTF-8 stands that XML 1.0 §2.2 does not allow.
    var firstIllegalInXML: Int? {
        indices.first { index in
            switch self[index] {
            case 0x09, 0x0A, 0x0D: false
            case ..<0x20: true
            // U+FFFE and U+FFFF; surrogates are not in UTF-8 at all.
            case 0xEF: index + 2 < count && self[index + 1] == 0xBF && self[index + 2] >= 0xBE
            default: false
            }
        }
    }
}
