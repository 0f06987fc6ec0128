extension FHIRDateTime {
    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss`, the last with an optional fraction of a second
    /// and an optional offset (`Z` or `±hh:mm`, at most 14 hours).
    package init?(_ text: String) {
        self.init(utf8: text.utf8.span)
    }

    /// Reads the same forms from bytes.
    package init?(utf8: Span<UInt8>) {
        switch utf8.count {
        case 4:
            guard let year = utf8.decimal(at: 0, count: 4), let date = CivilDate(year: year, month: 1, day: 1) else {
                return nil
            }
            self.init(precision: .year, date: date)
        case 7:
            guard let year = utf8.decimal(at: 0, count: 4), utf8[4] == UInt8(ascii: "-"),
                let month = utf8.decimal(at: 5, count: 2), let date = CivilDate(year: year, month: month, day: 1)
            else { return nil }
            self.init(precision: .month, date: date)
        case 10:
            guard let date = CivilDate(iso: utf8) else { return nil }
            self.init(precision: .day, date: date)
        default:
            self.init(withTime: utf8)
        }
    }

    private init?(withTime utf8: Span<UInt8>) {
        guard utf8.count >= 19, let date = CivilDate(isoPrefixOf: utf8), utf8[10] == UInt8(ascii: "T"),
            let hour = utf8.decimal(at: 11, count: 2), hour < 24, utf8[13] == UInt8(ascii: ":"),
            let minute = utf8.decimal(at: 14, count: 2), minute < 60, utf8[16] == UInt8(ascii: ":"),
            let second = utf8.decimal(at: 17, count: 2), second <= 60
        else { return nil }
        var end = 19
        var microsecond = 0
        var digits = 0
        if end < utf8.count, utf8[end] == UInt8(ascii: ".") {
            end += 1
            var unit = 100_000
            while let digit = utf8.decimal(at: end, count: 1) {
                microsecond += digit * unit
                unit /= 10
                digits += 1
                end += 1
            }
            guard digits > 0 else { return nil }
        }
        var offset: Int?
        if end < utf8.count {
            guard let minutes = Self.offset(utf8.extracting(end..<utf8.count)) else { return nil }
            offset = minutes
        }
        self.init(
            precision: .second(fractionDigits: digits),
            date: date,
            secondOfDay: (hour * 60 + minute) * 60 + second,
            microsecond: microsecond,
            offsetMinutes: offset
        )
    }

    private static func offset(_ utf8: Span<UInt8>) -> Int? {
        if utf8.count == 1, utf8[0] == UInt8(ascii: "Z") { return 0 }
        guard utf8.count == 6, utf8[0] == UInt8(ascii: "+") || utf8[0] == UInt8(ascii: "-"),
            let hours = utf8.decimal(at: 1, count: 2), utf8[3] == UInt8(ascii: ":"),
            let minutes = utf8.decimal(at: 4, count: 2), minutes < 60, hours * 60 + minutes <= 14 * 60
        else { return nil }
        return utf8[0] == UInt8(ascii: "-") ? -(hours * 60 + minutes) : hours * 60 + minutes
    }
}
