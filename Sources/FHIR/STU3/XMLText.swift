extension String {
    /// The text without the characters that XML 1.0 §2.2 does not allow, however they are escaped.
    package var legalInXML: String {
        // The scalars are looked at one by one: a grapheme may hold an allowed and a forbidden one.
        guard !unicodeScalars.allSatisfy(\.isLegalInXML) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.filter(\.isLegalInXML)))
    }

    /// The text as content of an XML or XHTML element: markup escaped, illegal characters removed.
    ///
    /// `>` is escaped everywhere, so `]]>` cannot arise, and a carriage return, which a parser would make a line feed.
    package var xmlContent: String { xmlEscaped(isAttribute: false) }

    /// The text as the inside of an XML attribute in double quotes.
    ///
    /// White space other than blanks becomes character references: a parser would make it blanks.
    package var xmlAttribute: String { xmlEscaped(isAttribute: true) }

    private func xmlEscaped(isAttribute: Bool) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in unicodeScalars where scalar.isLegalInXML {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#x27;".unicodeScalars)
            case "\r": escaped.append(contentsOf: "&#xD;".unicodeScalars)
            case "\n" where isAttribute: escaped.append(contentsOf: "&#xA;".unicodeScalars)
            case "\t" where isAttribute: escaped.append(contentsOf: "&#x9;".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}

extension Unicode.Scalar {
    var isLegalInXML: Bool {
        switch value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}

extension JSONValue {
    /// The value with every string rid of what XML 1.0 does not allow (gp-digital-medicine.md G-10), so that its XML
    /// and its JSON say the same.
    package var legalInXML: JSONValue {
        switch self {
        case .string(let text): .string(text.legalInXML)
        case .array(let elements): .array(elements.map(\.legalInXML))
        case .object(let object):
            .object(JSONObject(object.members.map { .init(name: $0.name, value: $0.value.legalInXML) }))
        default: self
        }
    }
}
