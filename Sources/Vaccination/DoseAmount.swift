/// Where the parts of a DOSE_AMOUNT lie: `^[+-]?(\d+(\.\d+)?|\.\d+)$` with at most 18 digits (csv-feed.md §5.5).
package struct DoseAmount: Hashable, Sendable {
    /// Whether the amount has a minus sign.
    package let isNegative: Bool
    /// The digits and the point, without the sign.
    private let digits: Range<Int>
    /// Where the point is; the end where there is none.
    private let point: Int

    /// Reads an amount; nil if the text is none.
    package init?(_ utf8: Span<UInt8>) {
        let isSigned = utf8.count > 0 && (utf8[0] == UInt8(ascii: "+") || utf8[0] == UInt8(ascii: "-"))
        let start = isSigned ? 1 : 0
        var point = utf8.count
        for index in start..<utf8.count {
            switch utf8[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): continue
            case UInt8(ascii: ".") where point == utf8.count: point = index
            default: return nil
            }
        }
        let digitCount = utf8.count - start - (point < utf8.count ? 1 : 0)
        guard (1...18).contains(digitCount), point != utf8.count - 1 else { return nil }
        isNegative = isSigned && utf8[0] == UInt8(ascii: "-")
        digits = start..<utf8.count
        self.point = point
    }

    /// How many digits stand after the point.
    package var decimals: Int { max(0, digits.upperBound - point - 1) }

    /// Appends the amount, which was read from `utf8`, as a JSON number.
    ///
    /// A leading `+` and superfluous leading zeros go and `.5` becomes `0.5`, because JSON has no such numbers. All
    /// other digits stay, trailing zeros included.
    package func appendJSON(_ utf8: Span<UInt8>, to bytes: inout [UInt8]) {
        var start = digits.lowerBound
        while start < point, utf8[start] == UInt8(ascii: "0") { start += 1 }
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        if start == point { bytes.append(UInt8(ascii: "0")) }
        for index in start..<digits.upperBound { bytes.append(utf8[index]) }
    }
}
