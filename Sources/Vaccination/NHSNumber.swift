/// A ten-digit NHS number whose check digit is right (csv-feed.md §5.2).
///
/// Nothing prints it: `description` is always `redacted`. Use ``digits`` where the number itself is wanted.
package struct NHSNumber: Hashable, Sendable {
    /// The number as an integer, leading zeros lost: the key of matching indexes.
    package let value: UInt64

    /// The ten digits.
    package var digits: String {
        let text = String(value)
        return String(repeating: "0", count: 10 - text.utf8.count) + text
    }

    /// Reads a number as people write it: spaces are ignored, the rest must be ten ASCII digits and pass the check.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: " ") }
        self.init(bytes: digits)
    }

    /// Reads a number as a feed must have it: exactly ten ASCII digits that pass the check, no spaces.
    package init?(utf8: UnsafeBufferPointer<UInt8>) {
        self.init(bytes: utf8)
    }

    /// Takes a number that was kept as an integer; what has more than ten digits or fails the check is none.
    package init?(value: UInt64) {
        guard value < 10_000_000_000 else { return nil }
        var rest = value
        var sum: UInt64 = 0
        for weight in UInt64(1)...10 {
            sum += rest % 10 * weight
            rest /= 10
        }
        guard sum % 11 == 0 else { return nil }
        self.value = value
    }

    // Weights 10 to 2 on the first nine digits; check = 11 - sum mod 11, where 11 stands for 0 and 10 never occurs.
    private init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 10 else { return nil }
        var value: UInt64 = 0
        var sum: UInt64 = 0
        var weight: UInt64 = 10
        for byte in bytes {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
            let digit = UInt64(byte - UInt8(ascii: "0"))
            value = value * 10 + digit
            sum += digit * weight
            weight -= 1
        }
        // The tenth digit entered the sum with weight 1, so a right number's sum is a multiple of 11. A check of 10
        // would need a tenth digit of ten, so such prefixes fail of themselves.
        guard sum % 11 == 0 else { return nil }
        self.value = value
    }
}

extension NHSNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `redacted`, so that no log or error text shows whose record it is about.
    package var description: String { "redacted" }

    /// Always `redacted`.
    package var debugDescription: String { "redacted" }

    /// Empty, so that dumping a value that holds a number does not show it either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
