import FHIR

extension FeedDateTime {
    /// Appends the value as FHIR's `occurrenceDateTime`: `YYYY-MM-DDThh:mm:ss+00:00` with the digits of a fraction
    /// that were given, or the day alone.
    package func appendFHIR(to bytes: inout [UInt8]) {
        date.appendISO(to: &bytes)
        guard let secondOfDay else { return }
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDecimal(secondOfDay / 3600, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(secondOfDay / 60 % 60, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(secondOfDay % 60, width: 2)
        if fractionDigits > 0 {
            let unused = (fractionDigits..<6).reduce(1) { unit, _ in unit * 10 }
            bytes.append(UInt8(ascii: "."))
            bytes.appendDecimal(microsecond / unused, width: fractionDigits)
        }
        bytes.append(contentsOf: offsetMinutes == 60 ? "+01:00".utf8 : "+00:00".utf8)
    }

    /// Appends the value as the feed writes it: `YYYYMMDDThhmmss00`, fractions cut off, a day alone at its midnight.
    package func appendCompact(to bytes: inout [UInt8]) {
        let secondOfDay = secondOfDay ?? 0
        date.appendCompact(to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDecimal(secondOfDay / 3600, width: 2)
        bytes.appendDecimal(secondOfDay / 60 % 60, width: 2)
        bytes.appendDecimal(secondOfDay % 60, width: 2)
        bytes.appendDecimal(offsetMinutes / 60, width: 2)
    }
}
