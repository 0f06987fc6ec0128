extension CivilDate: CustomStringConvertible {
    /// The day as `YYYY-MM-DD`.
    package var description: String {
        var bytes: [UInt8] = []
        appendISO(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads exactly `YYYY-MM-DD`.
    package init?(iso utf8: Span<UInt8>) {
        guard utf8.count == 10 else { return nil }
        self.init(isoPrefixOf: utf8)
    }

    /// Reads exactly `YYYYMMDD`.
    package init?(compact utf8: Span<UInt8>) {
        guard utf8.count == 8 else { return nil }
        self.init(compactPrefixOf: utf8)
    }

    /// Reads `YYYY-MM-DD` from the start of a longer text.
    package init?(isoPrefixOf utf8: Span<UInt8>) {
        guard utf8.count >= 10, utf8[4] == UInt8(ascii: "-"), utf8[7] == UInt8(ascii: "-"),
            let year = utf8.decimal(at: 0, count: 4), let month = utf8.decimal(at: 5, count: 2),
            let day = utf8.decimal(at: 8, count: 2)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Reads `YYYYMMDD` from the start of a longer text.
    package init?(compactPrefixOf utf8: Span<UInt8>) {
        guard let year = utf8.decimal(at: 0, count: 4), let month = utf8.decimal(at: 4, count: 2),
            let day = utf8.decimal(at: 6, count: 2)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Appends the day as `YYYY-MM-DD`.
    package func appendISO(to bytes: inout [UInt8]) {
        bytes.appendDecimal(year, width: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(month, width: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(day, width: 2)
    }

    /// Appends the day as `YYYYMMDD`.
    package func appendCompact(to bytes: inout [UInt8]) {
        bytes.appendDecimal(year, width: 4)
        bytes.appendDecimal(month, width: 2)
        bytes.appendDecimal(day, width: 2)
    }
}
