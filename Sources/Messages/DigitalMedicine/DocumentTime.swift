import FHIR
import Foundation

/// Points of time and days as the document writes them: English whatever the locale (§6).
enum DocumentTime {
    /// The instant in UTC, whole seconds, `+00:00`.
    static func utc(_ date: Date) -> String {
        utc(microseconds: FHIRInstant(date).microseconds)
    }

    /// The instant in UTC, whole seconds, `+00:00`; a day without a time stays a day.
    static func utc(_ time: FHIRDateTime) -> String {
        time.hasTime ? utc(microseconds: instant(time)) : time.date.description
    }

    /// UK local time with its name: `14-Jan-2025 09:15 (GMT)`; a day without a time has neither.
    static func local(_ time: FHIRDateTime) -> String {
        guard time.hasTime else { return day(time.date, separator: "-") }
        let offset = london.secondsFromGMT(for: date(instant(time)))
        let local = parts(instant(time) + Int64(offset) * 1_000_000)
        return "\(day(local.date, separator: "-")) \(two(local.hour)):\(two(local.minute))"
            + " (\(offset == 0 ? "GMT" : "BST"))"
    }

    /// `30 Jun 2025`; what is not a whole day stays as it is written.
    static func shortDay(_ text: String) -> String {
        guard let time = FHIRDateTime(text), time.precision == .day else { return text }
        return day(time.date, separator: " ")
    }

    /// `09 March 1954`; what is not a whole day stays as it is written.
    static func longDay(_ text: String) -> String {
        guard let time = FHIRDateTime(text), time.precision == .day else { return text }
        return "\(two(time.date.day)) \(months[time.date.month - 1]) \(time.date.year)"
    }

    private static let london = TimeZone(identifier: "Europe/London") ?? .gmt
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// Microseconds since 1970; a time without an offset is one of the clock on the wall.
    private static func instant(_ time: FHIRDateTime) -> Int64 {
        guard time.offsetMinutes == nil else { return time.firstMicrosecond }
        let offset = london.secondsFromGMT(for: date(time.firstMicrosecond))
        return time.firstMicrosecond - Int64(offset) * 1_000_000
    }

    private static func date(_ microseconds: Int64) -> Date { FHIRInstant(microseconds: microseconds).date }

    private static func utc(microseconds: Int64) -> String {
        let time = parts(microseconds)
        return "\(time.date)T\(two(time.hour)):\(two(time.minute)):\(two(time.second))+00:00"
    }

    private static func parts(_ microseconds: Int64) -> (date: CivilDate, hour: Int, minute: Int, second: Int) {
        let seconds = Int((Double(microseconds) / 1_000_000).rounded(.down))
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let time = seconds - days * 86_400
        return (CivilDate(daysSince1970: Int32(clamping: days)), time / 3600, time / 60 % 60, time % 60)
    }

    private static func day(_ date: CivilDate, separator: String) -> String {
        [two(date.day), String(months[date.month - 1].prefix(3)), String(date.year)].joined(separator: separator)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
