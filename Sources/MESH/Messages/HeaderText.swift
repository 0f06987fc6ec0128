import Foundation

/// Cleans what goes into a header: MESH refuses control characters, and other than ASCII is not established (`mesh.md` §15).
enum HeaderText {
    /// Printable ASCII on one line; letters lose their accents, what has no ASCII form becomes `replacement`.
    ///
    /// - Parameters:
    ///   - text: Any text.
    ///   - limit: Characters at most; the rest is cut off.
    ///   - replacement: For characters without an ASCII form.
    /// - Returns: The header's value, perhaps empty.
    static func clean(_ text: String, limit: Int, replacement: Character = "?") -> String {
        var cleaned = ""
        var spaces = false
        for character in text.decomposedStringWithCanonicalMapping {
            for scalar in character.unicodeScalars.prefix(1) {
                switch scalar.value {
                case 0...0x20, 0x7F...0xA0, 0x2028, 0x2029: spaces = true
                case 0x21...0x7E:
                    if spaces, !cleaned.isEmpty { cleaned.append(" ") }
                    spaces = false
                    cleaned.unicodeScalars.append(scalar)
                default:
                    if spaces, !cleaned.isEmpty { cleaned.append(" ") }
                    spaces = false
                    cleaned.append(replacement)
                }
            }
        }
        return String(cleaned.prefix(limit))
    }

    /// As ``clean(_:limit:replacement:)``, and nothing that MESH takes for an address.
    static func cleanAddress(_ text: String, limit: Int) -> String {
        var cleaned = clean(text, limit: limit, replacement: "_")
        while let range = cleaned.range(of: "^https?://", options: [.regularExpression, .caseInsensitive]) {
            cleaned.removeSubrange(range)
        }
        return cleaned
    }
}
