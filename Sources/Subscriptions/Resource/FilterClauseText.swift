import Foundation

/// One clause of a filter's text, `[Type.]name[:modifier]=value[,value…]`, with its parts decoded (`fhir-subscriptions.md` §3.1).
struct FilterClauseText {
    let name: String
    let modifier: String?
    /// The values between commas; escapes are still in them.
    let values: [String]

    /// The clause; nil for what has no `=`, or is not percent-encoded UTF-8 where a percent sign says so.
    init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let left = Self.decoded(halves[0]), let right = Self.decoded(halves[1]) else {
            return nil
        }
        // A prefix is a type only where the topic has it: `patient.identifier` is a chain.
        let bare =
            ["Immunization.", "Immunization?"].first(where: left.hasPrefix).map { left.dropFirst($0.count) }
            ?? left[...]
        let parts = bare.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else { return nil }
        self.name = String(name)
        modifier = parts.count == 2 ? String(parts[1]) : nil
        values = Self.split(right, at: ",")
    }

    /// The pieces between separators that have no backslash before them.
    static func split(_ text: String, at separator: Character) -> [String] {
        var pieces = [""]
        var isEscaped = false
        for character in text {
            if character == separator, !isEscaped {
                pieces.append("")
            } else {
                pieces[pieces.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return pieces
    }

    /// The text without the backslashes of `\,`, `\|`, `\$` and `\\`.
    static func unescaped(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            if isEscaped, !",|$\\".contains(character) { result.append("\\") }
            result.append(character)
            isEscaped = false
        }
        return result
    }

    /// Percent-encoded text once decoded; a plus sign is a plus sign.
    private static func decoded(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        return String(text).removingPercentEncoding
    }
}
