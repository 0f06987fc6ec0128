package import FHIR

/// A value of DATE_AND_TIME, kept as it was given: the offset is not normalised away (csv-feed.md §5.4).
package struct FeedDateTime: Hashable, Sendable {
    /// The day as written.
    package let date: CivilDate
    /// Seconds since midnight as written, 0 to 86,399; nil if only a day was written.
    package let secondOfDay: Int?
    /// Microseconds within the second.
    package let microsecond: Int
    /// How many digits of a fraction of a second were written, 0 to 6.
    package let fractionDigits: Int
    /// Minutes east of UTC, 0 or 60; no offset, and a day alone, count as UTC.
    package let offsetMinutes: Int

    /// Microseconds since 1970-01-01 00:00 UTC; a day alone stands for its first moment.
    package var utcMicroseconds: Int64 {
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(secondOfDay ?? 0) - Int64(offsetMinutes) * 60
        return seconds * 1_000_000 + Int64(microsecond)
    }
}
