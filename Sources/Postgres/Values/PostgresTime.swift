import Foundation

/// PostgreSQL's clock: microseconds and days since 2000-01-01 00:00 UTC (`timestamptz` and `date` on the wire).
enum PostgresTime {
    /// From 1970-01-01 to 2000-01-01.
    static let daysFrom1970: Int32 = 10_957
    static let microsecondsFrom1970: Int64 = 946_684_800_000_000
    /// From 2000-01-01 to Foundation's reference date, 2001-01-01: a leap year.
    private static let microsecondsToReferenceDate = 31_622_400_000_000.0

    /// The wire form, or `nil` for a date out of 64 bits; the server's own range is narrower and checked there.
    static func microseconds(_ date: Date) -> Int64? {
        Int64(exactly: (date.timeIntervalSinceReferenceDate * 1_000_000 + microsecondsToReferenceDate).rounded())
    }

    /// The instant, or `nil` for the two values that mean `infinity` and `-infinity`.
    static func date(_ microseconds: Int64) -> Date? {
        guard microseconds != .max, microseconds != .min else { return nil }
        return Date(
            timeIntervalSinceReferenceDate: (Double(microseconds) - microsecondsToReferenceDate) / 1_000_000
        )
    }
}

/// A `date`: a day of the calendar without time or time zone.
package struct PostgresDay: Hashable, Sendable {
    /// Days since 1970-01-01, negative before.
    package let daysSince1970: Int32

    /// A day counted from 1970-01-01.
    package init(daysSince1970: Int32) {
        self.daysSince1970 = daysSince1970
    }
}
