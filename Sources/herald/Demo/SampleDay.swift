package import Foundation

/// A day of the Gregorian calendar, as sample feeds write it.
package struct SampleDay: Hashable, Comparable, Sendable {
    /// Days since 1 January 1970.
    let number: Int

    init(number: Int) {
        self.number = number
    }

    /// The day that `instant` lies on in UTC.
    package init(_ instant: Date) {
        number = Int((instant.timeIntervalSince1970 / 86_400).rounded(.down))
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.number < right.number
    }

    static func + (day: Self, days: Int) -> Self {
        Self(number: day.number + days)
    }

    static func - (day: Self, days: Int) -> Self {
        Self(number: day.number - days)
    }

    /// The day as `YYYYMMDD`.
    package var compact: String {
        let (year, month, day) = civil
        return String(year * 10_000 + month * 100 + day)
    }

    /// The offset of British clocks at noon, as the feed writes it: `00` for GMT, `01` for summer time.
    var offset: String {
        let (year, _, _) = civil
        let summer = Self.lastSunday(ofMonth: 3, year: year)..<Self.lastSunday(ofMonth: 10, year: year)
        return summer.contains(self) ? "01" : "00"
    }

    // Howard Hinnant's algorithms: years begin in March, so a leap day is the last of its year.
    private var civil: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9, day)
    }

    private static func lastSunday(ofMonth month: Int, year: Int) -> Self {
        let last = Self(year: year, month: month, day: 31)
        return last - (last.number + 4) % 7  // 1 January 1970 was a Thursday
    }

    private init(year: Int, month: Int, day: Int) {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
