/// Valid NHS numbers of the range 999, which is never given to a person, one after another.
struct SampleNHSNumbers: Sendable {
    private var position: Int

    // Without a common divisor with the million numbers of the range: each is met before any is met again.
    private static let step = 611_953
    private static let range = 1_000_000

    /// Starts at a place of the range.
    init(from position: Int) {
        self.position = position % Self.range
    }

    /// The next number that has a check digit.
    mutating func next() -> String {
        String(nextValue())
    }

    /// The next number as an integer of ten digits.
    mutating func nextValue() -> Int {
        while true {
            let first = 999_000_000 + position
            position = (position + Self.step) % Self.range
            if let digit = Self.checkDigit(ofNine: first) {
                return first * 10 + digit
            }
        }
    }

    /// The check digit modulus 11 of nine digits, nil where it would be 10 (csv-feed §5.2).
    static func checkDigit(ofNine digits: Int) -> Int? {
        var rest = digits
        var sum = 0
        for weight in 2...10 {
            sum += rest % 10 * weight
            rest /= 10
        }
        let digit = (11 - sum % 11) % 11
        return digit == 10 ? nil : digit
    }
}
