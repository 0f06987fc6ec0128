import FHIR
import Foundation

/// A time as HTTP headers have it, to the second: `Tue, 15 Nov 1994 08:12:31 GMT` (RFC 9110 §5.6.7).
struct HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    let text: String

    init(_ date: Date) {
        let seconds = Int(date.timeIntervalSince1970.rounded(.down))
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let second = seconds - day * 86_400
        let civil = CivilDate(daysSince1970: Int32(clamping: day))
        let weekday = Self.days[(day % 7 + 7) % 7]
        let time = [second / 3600, second / 60 % 60, second % 60].map(Self.padded).joined(separator: ":")
        text = "\(weekday), \(Self.padded(civil.day)) \(Self.months[civil.month - 1]) \(civil.year) \(time) GMT"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
