/// Comparisons with fixed words, on bytes.
enum ASCIIWord {
    /// Whether the field is this lower-case word in any case.
    static func matches(_ field: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        compare(field, word, folding: 0x20)
    }

    /// Whether the field is exactly this word.
    static func equals(_ field: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        compare(field, word, folding: 0)
    }

    // Setting bit 0x20 maps A-Z to a-z; what else it maps onto a letter is below 0x20 or above 0x7F and no letter.
    @inline(__always)
    private static func compare(
        _ field: UnsafeBufferPointer<UInt8>,
        _ word: StaticString,
        folding: UInt8
    ) -> Bool {
        guard field.count == word.utf8CodeUnitCount else { return false }
        var index = 0
        while index < field.count {
            let byte = field[index]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isUpper ? byte | folding : byte) == word.utf8Start[index] else { return false }
            index &+= 1
        }
        return true
    }
}
