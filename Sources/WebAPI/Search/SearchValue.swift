/// A parameter's value as FHIR reads it: parts separated by commas, with `\,`, `\|`, `\$` and `\\` for the signs themselves
/// (`immunisation-history.md` Q-21).
struct SearchValue: Hashable {
    /// One part, trimmed: what stands between bars that are not escaped.
    struct Part: Hashable {
        let fields: [String]

        /// The part as one text, bars in it again.
        var text: String { fields.joined(separator: "|") }

        /// System and code of a token with exactly one bar.
        var token: (system: String, code: String)? {
            fields.count == 2 ? (fields[0], fields[1]) : nil
        }
    }

    let parts: [Part]

    init(_ value: String) {
        var parts: [[String]] = [[""]]
        var isEscaped = false
        for character in value {
            let field = parts[parts.count - 1].count - 1
            if isEscaped {
                // Another sign after a backslash means both.
                if !",|$\\".contains(character) { parts[parts.count - 1][field].append("\\") }
                parts[parts.count - 1][field].append(character)
                isEscaped = false
                continue
            }
            switch character {
            case "\\": isEscaped = true
            case ",": parts.append([""])
            case "|": parts[parts.count - 1].append("")
            default: parts[parts.count - 1][field].append(character)
            }
        }
        if isEscaped { parts[parts.count - 1][parts[parts.count - 1].count - 1].append("\\") }
        self.parts = parts.map { Part(fields: Self.trimmed($0)) }
    }

    /// Without blanks at the ends of the part; those around a bar are somebody's value.
    private static func trimmed(_ fields: [String]) -> [String] {
        var fields = fields
        fields[0] = String(fields[0].drop(while: \.isWhitespace))
        let last = fields[fields.count - 1]
        fields[fields.count - 1] = String(last.dropLast(last.reversed().prefix(while: \.isWhitespace).count))
        return fields
    }

    /// A text as a part of a value, its signs escaped.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if ",|$\\".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }
}
