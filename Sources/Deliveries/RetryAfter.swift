package import Foundation

/// The header `Retry-After` (D-31).
package enum RetryAfter {
    /// The pause that an endpoint asks for: a number of seconds, or an HTTP date in one of its three forms.
    ///
    /// - Parameters:
    ///   - text: The header's value.
    ///   - now: The time of the answer.
    /// - Returns: The pause; nil for a value that is malformed or past.
    package static func pause(_ text: String, now: Date) -> Duration? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // More digits than a number holds is a long time, not nonsense.
            let seconds = Int(text) ?? .max
            return seconds > 0 ? .seconds(min(seconds, longest)) : nil
        }
        guard let date = date(text) else { return nil }
        let seconds = date.timeIntervalSince(now)
        return seconds > 0 ? .seconds(min(seconds, Double(longest))) : nil
    }

    /// A year: whatever is longer is cut down to an hour anyway.
    private static let longest = 365 * 86_400

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    private static func date(_ text: String) -> Date? {
        let words = text.split(separator: " ").map(String.init)
        switch words.count {
        case 6 where words[5] == "GMT" && words[0].hasSuffix(","):
            return date(words[1], words[2], words[3], words[4])
        case 4 where words[3] == "GMT" && words[0].hasSuffix(","):
            let parts = words[1].split(separator: "-").map(String.init)
            guard parts.count == 3, let year = Int(parts[2]), (0...99).contains(year) else { return nil }
            // Two digits of a year mean the nearest such year, which for a pause is this century's.
            return date(parts[0], parts[1], String(2000 + year), words[2])
        case 5:
            return date(words[2], words[1], words[4], words[3])
        default:
            return nil
        }
    }

    private static func date(_ day: String, _ month: String, _ year: String, _ time: String) -> Date? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard let day = Int(day), let month = months.firstIndex(of: month), let year = Int(year), clock.count == 3,
            (1...31).contains(day), (1970...9999).contains(year), (0...23).contains(clock[0]),
            (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = DateComponents(
            year: year,
            month: month + 1,
            day: day,
            hour: clock[0],
            minute: clock[1],
            second: clock[2]
        )
        return calendar.date(from: parts)
    }
}
