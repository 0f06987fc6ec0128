/// A British postcode in its usual form: outward code, a space, inward code; for example `LS1 4AP`.
///
/// Nothing prints it: `description` is always `redacted`.
package struct Postcode: Hashable, Sendable {
    /// The whole postcode in upper case with one space.
    package let text: String

    /// Reads a postcode in any case, with or without its space; what has not its shape is refused.
    package init?(_ text: some StringProtocol) {
        let bytes = text.uppercased().utf8.filter { $0 != UInt8(ascii: " ") }
        guard (5...7).contains(bytes.count) else { return nil }
        let inward = bytes.suffix(3)
        guard inward.first.map(Self.isDigit) == true, inward.dropFirst().allSatisfy(Self.isLetter) else { return nil }
        let outward = bytes.dropLast(3)
        guard Self.isOutward(outward) else { return nil }
        self.text = String(decoding: outward, as: UTF8.self) + " " + String(decoding: inward, as: UTF8.self)
    }

    /// The letters it begins with, such as `LS`.
    package var area: String { String(text.prefix { $0.isLetter }) }

    /// What stands before the space, such as `LS1`.
    package var district: String { String(text.prefix { $0 != " " }) }

    /// The district and the digit behind the space, such as `LS1 4`.
    package var sector: String { String(text.dropLast(2)) }

    /// The postcode and everything it lies in, the smallest first: `LS1 4AP`, `LS1 4`, `LS1`, `LS`.
    package var prefixes: [String] { [text, sector, district, area] }

    /// Reads the name of a place that postcodes lie in, as ``prefixes`` has it: a postcode, sector, district or area.
    package static func prefix(_ text: some StringProtocol) -> String? {
        if let whole = Postcode(text) { return whole.text }
        let parts = text.uppercased().split(separator: " ")
        guard let district = parts.first?.utf8 else { return nil }
        switch parts.count {
        case 1 where (1...2).contains(district.count) && district.allSatisfy(isLetter): return String(parts[0])
        case 1 where isOutward(district): return String(parts[0])
        case 2 where isOutward(district) && parts[1].utf8.count == 1 && parts[1].utf8.allSatisfy(isDigit):
            return "\(parts[0]) \(parts[1])"
        default: return nil
        }
    }

    /// One or two letters, a digit, and a digit or a letter where there is more.
    private static func isOutward(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        let rest = bytes.drop(while: isLetter)
        let letters = bytes.count - rest.count
        guard (1...2).contains(letters), let digit = rest.first, isDigit(digit) else { return false }
        return rest.count == 1 || rest.count == 2 && rest.last.map { isDigit($0) || isLetter($0) } == true
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension Postcode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `redacted`.
    package var description: String { "redacted" }
    /// Always `redacted`.
    package var debugDescription: String { "redacted" }
    /// Empty, so that dumping a value that holds a postcode does not show it either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
