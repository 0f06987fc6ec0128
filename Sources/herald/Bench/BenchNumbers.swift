import Vaccination

/// Invented NHS numbers with right check digits, from 900 000 0000 on: as many as a measurement wants.
enum BenchNumbers {
    /// The first `count` of them.
    static func make(_ count: Int) -> [Int64] {
        var numbers: [Int64] = []
        numbers.reserveCapacity(count)
        var prefix: Int64 = 900_000_000
        while numbers.count < count {
            if let check = check(prefix) { numbers.append(prefix * 10 + check) }
            prefix += 1
        }
        return numbers
    }

    /// The ten digits of a number.
    static func text(_ number: Int64) -> String { String(number) }

    /// The check digit of nine digits; one prefix in eleven has none.
    private static func check(_ prefix: Int64) -> Int64? {
        var (sum, rest) = (Int64(0), prefix)
        for weight in Int64(2)...10 {
            sum += rest % 10 * weight
            rest /= 10
        }
        let check = (11 - sum % 11) % 11
        return check == 10 ? nil : check
    }
}
