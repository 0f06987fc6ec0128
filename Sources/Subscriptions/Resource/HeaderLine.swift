/// A line of `channel.header`, `Name: value`, which goes out with every notification (`fhir-subscriptions.md` §3).
package struct HeaderLine: Sendable, Hashable {
    /// What stands in place of a value wherever the line is shown.
    package static let mask = "********"
    /// How many lines, and how long they may be together.
    private static let limits = (lines: 20, bytes: 8 << 10)

    /// Whether lines are more than one subscription may have.
    ///
    /// - Parameters:
    ///   - count: How many there are, masked ones included.
    ///   - lines: Those with their values.
    /// - Returns: Whether they are.
    package static func exceedsLimits(count: Int, _ lines: [String]) -> Bool {
        count > limits.lines || lines.reduce(0) { $0 + $1.utf8.count } > limits.bytes
    }

    package let name: String
    package let value: String

    /// Reads a line; nil for what is none, or holds a control character.
    package init?(_ line: String) {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let name = line[..<colon]
        let blanks: Set<Character> = [" ", "\t"]
        let rest = line[line.index(after: colon)...].drop(while: blanks.contains)
        let value = rest.dropLast(rest.reversed().prefix(while: blanks.contains).count)
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
        else { return nil }
        self.name = String(name)
        self.value = String(value)
    }

    /// Whether the value is the mask that answers have in its place.
    package var isMasked: Bool { value == Self.mask }

    /// The line as it may be shown.
    package var masked: String { "\(name): \(Self.mask)" }

    /// The line as it is kept and sent.
    package var text: String { "\(name): \(value)" }

    /// Whether Herald or HTTP itself sets the field, so that a subscriber may not.
    package var isReserved: Bool {
        let name = name.lowercased()
        let names: Set = [
            "host", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive",
            "traceparent",
            "user-agent",
        ]
        return names.contains(name) || ["content-", "proxy-", "webhook-", "herald-"].contains(where: name.hasPrefix)
    }

    /// `tchar` of RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
