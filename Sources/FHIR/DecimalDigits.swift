extension Span<UInt8> {
    /// The number that `count` ASCII digits from `start` on make; nil if they are not all there.
    package func decimal(at start: Int, count digits: Int) -> Int? {
        guard start >= 0, start + digits <= count else { return nil }
        var value = 0
        for index in start..<start + digits {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = self[index] else { return nil }
            value = value * 10 + Int(self[index] - UInt8(ascii: "0"))
        }
        return value
    }
}

extension [UInt8] {
    /// Appends a number of 0 or more as ASCII digits, with leading zeros up to `width`.
    package mutating func appendDecimal(_ value: Int, width: Int) {
        if width > 1 || value >= 10 { appendDecimal(value / 10, width: width - 1) }
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
