package import FHIR
import Foundation

/// When the days of the calendar begin in England: what a date without an offset means in a search
/// (immunisation-history.md Q-41).
enum LondonTime {
    /// The first microsecond since 1970-01-01 00:00 UTC of a day that lies so many days after 1970-01-01.
    static func start(ofDay daysSince1970: Int64) -> Int64 {
        let midnight = daysSince1970 * 86_400
        // Clocks change hours after midnight, so what holds just before midnight UTC holds at midnight in London.
        let before = Date(timeIntervalSince1970: TimeInterval(midnight - 3600))
        return (midnight - Int64(zone.secondsFromGMT(for: before))) * 1_000_000
    }

    // Foundation brings the rules of the zone along; a system without zone files has them too.
    private static let zone = TimeZone(identifier: "Europe/London") ?? .gmt
}

extension FHIRDateTime {
    /// The first and the last microsecond since 1970-01-01 00:00 UTC that this covers, days as London has them.
    package var londonSpan: ClosedRange<Int64> {
        let first = Int64(date.daysSince1970)
        let days: Int64
        switch precision {
        case .second where offsetMinutes != nil: return firstMicrosecond...lastMicrosecond
        case .second:
            // No offset: the clock on the wall.
            let start = LondonTime.start(ofDay: first) + Int64(secondOfDay) * 1_000_000 + Int64(microsecond)
            return start...(start + lastMicrosecond - firstMicrosecond)
        case .day: days = 1
        case .month: days = Int64(CivilDate.daysInMonth(year: date.year, month: date.month))
        case .year: days = CivilDate.daysInMonth(year: date.year, month: 2) == 29 ? 366 : 365
        }
        return LondonTime.start(ofDay: first)...(LondonTime.start(ofDay: first + days) - 1)
    }
}
