/// A FHIR `date` or `dateTime` as it was written: a year, a month, a day, or a point of time
/// (FHIR R4 datatypes, <http://hl7.org/fhir/R4/datatypes.html#dateTime>).
///
/// It denotes the whole span it names: a year from its first to its last microsecond, and so on; a time covers its
/// second, or the fraction of one that its digits state. FHIR wants an offset with every time; resources in
/// circulation lack it now and then, so its absence is allowed here and shown by ``offsetMinutes``.
package struct FHIRDateTime: Hashable, Sendable {
    /// How much was written.
    package enum Precision: Hashable, Sendable {
        case year, month, day
        /// Date and time, with this many digits of a fraction of a second.
        case second(fractionDigits: Int)
    }

    /// How much was written.
    package let precision: Precision
    /// The day; what was not written counts as 1.
    package let date: CivilDate
    /// The seconds since midnight, 0 to 86,400 (a leap second at the end of a day); 0 where no time was written.
    package let secondOfDay: Int
    /// The microseconds within the second; further digits are cut off.
    package let microsecond: Int
    /// Minutes east of UTC; nil if no offset was written.
    package let offsetMinutes: Int?

    init(precision: Precision, date: CivilDate, secondOfDay: Int = 0, microsecond: Int = 0, offsetMinutes: Int? = nil) {
        self.precision = precision
        self.date = date
        self.secondOfDay = secondOfDay
        self.microsecond = microsecond
        self.offsetMinutes = offsetMinutes
    }

    /// Whether a time of day was written.
    package var hasTime: Bool {
        if case .second = precision { true } else { false }
    }

    /// The first microsecond since 1970-01-01 00:00 UTC that this covers; a missing offset counts as UTC.
    package var firstMicrosecond: Int64 {
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(secondOfDay) - Int64(offsetMinutes ?? 0) * 60
        return seconds * 1_000_000 + Int64(microsecond)
    }

    /// The last microsecond since 1970-01-01 00:00 UTC that this covers; a missing offset counts as UTC.
    package var lastMicrosecond: Int64 {
        let day: Int64 = 86_400_000_000
        let duration: Int64 =
            switch precision {
            case .year: day * (CivilDate.daysInMonth(year: date.year, month: 2) == 29 ? 366 : 365)
            case .month: day * Int64(CivilDate.daysInMonth(year: date.year, month: date.month))
            case .day: day
            case .second(let digits): (0..<min(digits, 6)).reduce(1_000_000) { duration, _ in duration / 10 }
            }
        return firstMicrosecond + duration - 1
    }
}
