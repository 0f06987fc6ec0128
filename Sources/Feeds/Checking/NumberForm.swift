/// Rules about numbers, on bytes (csv-feed §5.5).
enum NumberForm {
    /// What DOSE_SEQUENCE holds.
    enum DoseNumber { case valid, notPositive, outOfRange }

    /// What DOSE_AMOUNT holds.
    enum Amount { case valid, notNumber, manyDecimals, negative, negativeWithManyDecimals }

    /// Reads `^0?[1-9]$`; a greater number is out of range, all else is not a positive integer.
    static func doseNumber(_ field: UnsafeBufferPointer<UInt8>) -> DoseNumber {
        guard field.allSatisfy(isDigit) else { return .notPositive }
        let significant = field.drop { $0 == UInt8(ascii: "0") }
        switch significant.count {
        case 0: return .notPositive
        case 1: return field.count <= 2 ? .valid : .notPositive
        default: return .outOfRange
        }
    }

    /// Reads `^[+-]?(\d+(\.\d+)?|\.\d+)$` with at most 18 digits.
    static func amount(_ field: UnsafeBufferPointer<UInt8>) -> Amount {
        let isNegative = field.first == UInt8(ascii: "-")
        var rest = field[...]
        if isNegative || field.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit).count
        rest = rest.dropFirst(whole)
        var decimals = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            decimals = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(decimals)
            guard decimals > 0 else { return .notNumber }
        }
        guard rest.isEmpty, (1...18).contains(whole + decimals) else { return .notNumber }
        switch (isNegative, decimals > 4) {
        case (false, false): return .valid
        case (false, true): return .manyDecimals
        case (true, false): return .negative
        case (true, true): return .negativeWithManyDecimals
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
