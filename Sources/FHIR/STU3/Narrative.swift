/// The little XHTML Herald's narratives are made of (gp-digital-medicine.md §6): no script, style, image or link.
enum NarrativeCheck {
    private static let opening = "<div xmlns=\"http://www.w3.org/1999/xhtml\">"
    private static let tags: Set<String> = [
        "div", "p", "table", "table width=\"100%\"", "tbody", "tr", "th", "td",
    ]
    private static let references: Set<String> = ["amp", "lt", "gt", "quot", "#x27", "#xD"]

    /// Whether the text is one `div` of the XHTML namespace, well-formed, with none but plain elements inside.
    static func accepts(_ div: String) -> Bool {
        guard div.hasPrefix(opening) else { return false }
        var open = ["div"]
        var rest = div.unicodeScalars.dropFirst(opening.unicodeScalars.count)
        while let scalar = rest.popFirst() {
            guard !open.isEmpty else { return false }
            switch scalar {
            case "<":
                guard let tag = word(until: ">", in: &rest) else { return false }
                if tag.hasPrefix("/") {
                    guard open.popLast() == String(tag.dropFirst()) else { return false }
                } else {
                    guard tags.contains(tag) else { return false }
                    open.append(String(tag.prefix { $0 != " " }))
                }
            case "&":
                guard let reference = word(until: ";", in: &rest), references.contains(reference) else { return false }
            case ">": return false
            default: guard scalar.isLegalInXML else { return false }
            }
        }
        return open.isEmpty
    }

    private static func word(
        until end: Unicode.Scalar,
        in rest: inout Substring.UnicodeScalarView
    ) -> String? {
        guard let index = rest.firstIndex(of: end) else { return nil }
        defer { rest = rest[rest.index(after: index)...] }
        return String(rest[..<index])
    }
}
