package import Vaccination

extension NHSNumber {
    /// An invented number out of the range 999 000 0000 to 999 099 9999, which is never given to anybody.
    ///
    /// Different for each index from 0 to 9,999.
    package static func sample(_ index: Int) -> NHSNumber {
        // One prefix in eleven has no check digit: then the next is taken, and indexes are ten prefixes apart.
        for prefix in (index * 10)..<(index * 10 + 10) {
            for digit in 0..<10 {
                if let number = NHSNumber("9990\(String(prefix + 100_000).dropFirst())\(digit)") { return number }
            }
        }
        preconditionFailure("of ten prefixes in a row some have a check digit")
    }
}
