/// DOSE_AMOUNT as a JSON number (csv-feed.md §5.5).
package enum DoseAmount {
    /// Whether the text is a dose amount: `^[+-]?(\d+(\.\d+)?|\.\d+)$` with at most 18 digits.
    package static func isValid(_ utf8: Span<UInt8>) -> Bool {
        parts(utf8) != nil
    }

    /// Appends the amount as a JSON number; appends nothing and answers false if it is no dose amount.
    ///
    /// A leading `+` and superfluous leading zeros go and `.5` becomes `0.5`, because JSON has no such numbers. All
    /// other digits stay, trailing zeros included.
    package static func appendJSON(_ utf8: Span<UInt8>, to bytes: inout [UInt8]) -> Bool {
        guard let parts = parts(utf8) else { return false }
        var start = parts.digits.lowerBound
        while start < parts.point, utf8[start] == UInt8(ascii: "0") { start += 1 }
        if parts.isNegative { bytes.append(UInt8(ascii: "-")) }
        if start == parts.point { bytes.append(UInt8(ascii: "0")) }
        for index in start..<parts.digits.upperBound { bytes.append(utf8[index]) }
        return true
    }

    private struct Parts {
        var isNegative: Bool
        var digits: Range<Int>  // without the sign
        var point: Int  // the end where there is none
    }

    private static func parts(_ utf8: Span<UInt8>) -> Parts? {
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
        return Parts(
            isNegative: isSigned && utf8[0] == UInt8(ascii: "-"),
            digits: start..<utf8.count,
            point: point
        )
    }
}
