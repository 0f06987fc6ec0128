/// What DOSE_SEQUENCE holds: a number from 1 to 9, perhaps with one zero before it (csv-feed.md §5.5).
package enum DoseNumber: Hashable, Sendable {
    /// 1 to 9.
    case valid(Int)
    /// No positive integer as one is written.
    case notPositive
    /// An integer, and greater than 9.
    case outOfRange

    /// Reads `^0?[1-9]$`; a greater number is out of range, all else is not a positive integer.
    package init(_ field: UnsafeBufferPointer<UInt8>) {
        let zero = UInt8(ascii: "0")
        guard field.allSatisfy({ $0 >= zero && $0 <= UInt8(ascii: "9") }) else {
            self = .notPositive
            return
        }
        let significant = field.drop { $0 == zero }
        switch (significant.count, significant.first) {
        case (1, let digit?): self = field.count <= 2 ? .valid(Int(digit - zero)) : .notPositive
        case (0, _): self = .notPositive
        default: self = .outOfRange
        }
    }
}
