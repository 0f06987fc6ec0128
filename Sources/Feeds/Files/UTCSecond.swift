/// A second of the proleptic Gregorian calendar in UTC, for the time stamps in names and acknowledgements.
struct UTCSecond: Sendable, Hashable {
    let year: Int
    let month: Int
    let day: Int
    let secondOfDay: Int
    let utcMicroseconds: Int64

    /// The second that holds the instant; instants before 1970 round down too.
    init(utcMicroseconds: Int64) {
        let seconds = Int(Self.floorDivide(utcMicroseconds, 1_000_000))
        let days = Int(Self.floorDivide(Int64(seconds), 86_400))
        secondOfDay = seconds - days * 86_400
        self.utcMicroseconds = Int64(seconds) * 1_000_000

        // Days are counted from 1 March 0000, so that the leap day is the last of its year.
        let shifted = days + 719_468
        let era = Int(Self.floorDivide(Int64(shifted), 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `YYYYMMDDThhmmss`.
    var compact: String {
        Self.padded(year, 4) + Self.padded(month, 2) + Self.padded(day, 2) + "T" + time(separator: "")
    }

    /// `YYYY-MM-DDThh:mm:ss`, without an offset.
    var extended: String {
        Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2) + "T" + time(separator: ":")
    }

    private func time(separator: String) -> String {
        [secondOfDay / 3_600, secondOfDay / 60 % 60, secondOfDay % 60].map { Self.padded($0, 2) }
            .joined(separator: separator)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
