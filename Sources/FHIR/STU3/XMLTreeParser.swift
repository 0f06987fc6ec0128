/// Reads an XML 1.0 document in UTF-8 into a tree.
///
/// What FHIR has no use for does not exist here: a DOCTYPE is refused, so there are no entities, neither outside ones
/// nor such that grow. Comments and processing instructions are passed over.
struct XMLTreeParser {
    let bytes: [UInt8]
    let limits: XMLLimits
    var position = 0
    private var depth = 0
    private var elements = 0

    private init(_ bytes: [UInt8], _ limits: XMLLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// The root element of the document.
    static func root(of bytes: [UInt8], limits: XMLLimits) throws(XMLError) -> XMLElement {
        guard bytes.count <= limits.bytes else { throw .tooLong(offset: limits.bytes) }
        // Checked once for the whole document; names and values are cut at ASCII and therefore whole as well.
        do { _ = try UTF8Span(validating: bytes.span) } catch {
            throw .encoding(offset: error.byteOffsets.lowerBound)
        }
        if let offset = bytes.firstIllegalInXML { throw .illegalCharacter(offset: offset) }
        var parser = XMLTreeParser(bytes, limits)
        return try parser.document()
    }

    private mutating func document() throws(XMLError) -> XMLElement {
        _ = take("\u{FEFF}")
        try declaration()
        try passOver()
        guard try peek() == UInt8(ascii: "<") else { throw .unexpectedByte(offset: position) }
        let root = try element()
        try passOver()
        guard position == bytes.count else { throw .unexpectedByte(offset: position) }
        return root
    }

    private mutating func declaration() throws(XMLError) {
        guard comes("<?xml"), position + 5 < bytes.count, Self.isWhiteSpace(bytes[position + 5]) else { return }
        let start = position
        position += 5
        let declared = try attributes()
        guard take("?>") else { throw .unexpectedByte(offset: position) }
        let encoding = declared.first { $0.name == "encoding" }?.value.lowercased() ?? "utf-8"
        guard ["utf-8", "utf8", "us-ascii"].contains(encoding) else { throw .encoding(offset: start) }
    }

    private mutating func element() throws(XMLError) -> XMLElement {
        let start = position
        guard depth < limits.depth else { throw .tooDeep(offset: start) }
        guard elements < limits.elements else { throw .tooLong(offset: start) }
        elements += 1
        position += 1
        let name = try name()
        var element = XMLElement(name: Self.local(name), attributes: try attributes(), source: start..<start)
        if !take("/>") {
            guard take(">") else { throw .unexpectedByte(offset: position) }
            depth += 1
            try content(of: &element)
            depth -= 1
            try endTag(name)
        }
        element.source = start..<position
        return element
    }

    private mutating func endTag(_ name: String) throws(XMLError) {
        let start = position
        position += 2
        guard try self.name() == name else { throw .mismatchedTag(offset: start) }
        skipWhiteSpace()
        guard try peek() == UInt8(ascii: ">") else { throw .unexpectedByte(offset: position) }
        position += 1
    }

    /// Reads up to the end tag.
    private mutating func content(of element: inout XMLElement) throws(XMLError) {
        while true {
            let start = position
            switch try peek() {
            case UInt8(ascii: "<"):
                if comes("</") { return }
                if take("<![CDATA[") {
                    try skip(through: "]]>")
                    element.textOffset = element.textOffset ?? start
                } else if try !takeRemark() {
                    element.children.append(try self.element())
                }
            case UInt8(ascii: "&"):
                _ = try reference()
                element.textOffset = element.textOffset ?? start
            case let byte:
                if comes("]]>") { throw .unexpectedByte(offset: start) }
                if !Self.isWhiteSpace(byte) { element.textOffset = element.textOffset ?? start }
                position += 1
            }
        }
    }

    /// Passes over white space, comments and processing instructions.
    private mutating func passOver() throws(XMLError) {
        repeat { skipWhiteSpace() } while try takeRemark()
    }

    /// Passes over a comment or a processing instruction, if one comes.
    private mutating func takeRemark() throws(XMLError) -> Bool {
        if comes("<!DOCTYPE") { throw .documentType(offset: position) }
        if take("<!--") {
            try skip(through: "--")
            guard take(">") else { throw .unexpectedByte(offset: position) }
            return true
        }
        guard take("<?") else { return false }
        guard try name().lowercased() != "xml" else { throw .unexpectedByte(offset: position) }
        try skip(through: "?>")
        return true
    }

    private static func local(_ name: String) -> String {
        guard let colon = name.firstIndex(of: ":") else { return name }
        return String(name[name.index(after: colon)...])
    }
}
