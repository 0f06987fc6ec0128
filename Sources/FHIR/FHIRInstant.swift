package import Foundation

/// A point of time as FHIR's `instant` has it, kept in microseconds and written in UTC with three digits of a
/// second: `2026-10-09T09:01:06.918Z`.
package struct FHIRInstant: Hashable, Sendable {
    /// Microseconds since 1970-01-01 00:00 UTC.
    package let microseconds: Int64

    /// The instant this many microseconds after 1970-01-01 00:00 UTC.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The instant of a date, to the nearest microsecond.
    package init(_ date: Date) {
        microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
    }

    /// The instant as Foundation has it.
    package var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

    /// Reads an `instant`: date, time to the second or finer, and an offset; anything less is refused.
    package init?(_ text: String) {
        guard let dateTime = FHIRDateTime(text), dateTime.hasTime, dateTime.offsetMinutes != nil else { return nil }
        microseconds = dateTime.firstMicrosecond
    }

    /// Appends the text; finer digits than milliseconds are cut off, as a version's time must never lie ahead of it.
    package func append(to bytes: inout [UInt8]) {
        let milliseconds = Self.floorDivide(microseconds, 1000)
        let days = Self.floorDivide(milliseconds, 86_400_000)
        let time = Int(milliseconds - days * 86_400_000)
        CivilDate(daysSince1970: Int32(clamping: days)).appendISO(to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDecimal(time / 3_600_000, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(time / 60_000 % 60, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(time / 1000 % 60, width: 2)
        bytes.append(UInt8(ascii: "."))
        bytes.appendDecimal(time % 1000, width: 3)
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }
}

extension FHIRInstant: Comparable, CustomStringConvertible {
    /// Whether the left instant is the earlier one.
    package static func < (left: FHIRInstant, right: FHIRInstant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The instant in UTC with milliseconds.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
