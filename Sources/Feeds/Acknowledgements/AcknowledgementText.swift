/// How texts are written into acknowledgement files (csv-feed §8.2).
enum AcknowledgementText {
    /// An OPERATION_OUTCOME on one line: every CR, LF, tab, no-break space and run of spaces is one space, and no space
    /// stands beside a `|`.
    static func oneLine(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        var spacePending = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case " ", "\t", "\r", "\n", "\u{A0}": spacePending = true
            default:
                if spacePending, scalar != "|", output.last != "|" { output.append(" ") }
                spacePending = false
                output.append(scalar)
            }
        }
        if spacePending, output.last != "|" { output.append(" ") }
        return String(output)
    }

    /// The text, quoted if it holds a separator, a quote or a line break: unlike in the national service, a `|` in an
    /// identifier must not shift the columns.
    static func csvField(_ text: String) -> String {
        let mustQuote = text.utf8.contains { byte in
            switch byte {
            case UInt8(ascii: "|"), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
            default: false
            }
        }
        guard mustQuote else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.unicodeScalars.append("\"") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// Appends a JSON string (RFC 8259 §7).
    static func appendJSON(_ text: String, to output: inout [UInt8]) {
        let hexadecimal = Array("0123456789abcdef".utf8)
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0..<0x20:
                output += #"\u00"#.utf8
                output.append(hexadecimal[Int(byte >> 4)])
                output.append(hexadecimal[Int(byte & 0x0F)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
