import FHIR

extension FeedDateTime {
    /// Reads a value of the years 1000 to 9999; nil if it has none of the forms below.
    ///
    /// - `YYYYMMDDThhmmss` and then `00` (+00:00), `01` (+01:00) or nothing,
    /// - `YYYY-MM-DDThh:mm:ss`, perhaps `.` and 1 to 6 digits, then `+00:00` or `+01:00`,
    /// - `YYYY-MM-DD`.
    package static func parse(_ utf8: UnsafeBufferPointer<UInt8>) -> FeedDateTime? {
        parse(utf8.span)
    }

    /// Reads a value from a span; the forms are the same.
    package static func parse(_ utf8: Span<UInt8>) -> FeedDateTime? {
        guard utf8.count >= 10 else { return nil }
        let parsed = utf8[4] == UInt8(ascii: "-") ? iso(utf8) : compact(utf8)
        guard let parsed, parsed.date.year >= 1000 else { return nil }
        return parsed
    }

    /// Reads the forms that FHIR has too: the second and the third.
    package static func parseISO(_ utf8: Span<UInt8>) -> FeedDateTime? {
        guard let parsed = iso(utf8), parsed.date.year >= 1000 else { return nil }
        return parsed
    }

    private static func compact(_ utf8: Span<UInt8>) -> FeedDateTime? {
        guard utf8.count == 15 || utf8.count == 17, let date = CivilDate(compactPrefixOf: utf8),
            utf8[8] == UInt8(ascii: "T"), let hour = utf8.decimal(at: 9, count: 2), hour < 24,
            let minute = utf8.decimal(at: 11, count: 2), minute < 60,
            let second = utf8.decimal(at: 13, count: 2), second < 60
        else { return nil }
        let hoursEast = utf8.count == 15 ? 0 : utf8.decimal(at: 15, count: 2)
        guard let hoursEast, hoursEast <= 1 else { return nil }
        return FeedDateTime(
            date: date,
            secondOfDay: (hour * 60 + minute) * 60 + second,
            microsecond: 0,
            fractionDigits: 0,
            offsetMinutes: hoursEast * 60
        )
    }

    private static func iso(_ utf8: Span<UInt8>) -> FeedDateTime? {
        guard let dateTime = FHIRDateTime(utf8: utf8) else { return nil }
        switch dateTime.precision {
        case .day:
            return FeedDateTime(
                date: dateTime.date,
                secondOfDay: nil,
                microsecond: 0,
                fractionDigits: 0,
                offsetMinutes: 0
            )
        case .second(let digits):
            // FHIR also knows Z, -00:00 and leap seconds; the feed does not.
            let sign = utf8[utf8.count - 6]
            guard digits <= 6, let offset = dateTime.offsetMinutes, offset == 0 || offset == 60,
                sign == UInt8(ascii: "+"), utf8[17] < UInt8(ascii: "6")
            else { return nil }
            return FeedDateTime(
                date: dateTime.date,
                secondOfDay: dateTime.secondOfDay,
                microsecond: dateTime.microsecond,
                fractionDigits: digits,
                offsetMinutes: offset
            )
        case .year, .month: return nil
        }
    }
}
