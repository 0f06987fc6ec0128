import FHIR

/// One value of the search parameter `date`: a prefix and a span of time (immunisation-history.md Q-41).
package struct DateFilter: Sendable, Hashable {
    /// How the stored span has to lie to the one searched for.
    package enum Comparison: String, Sendable, CaseIterable {
        case eq, ne, gt, lt, ge, le, sa, eb, ap
    }

    package let comparison: Comparison
    /// First and last microsecond since 1970-01-01 00:00 UTC.
    package let span: ClosedRange<Int64>

    /// Reads `[prefix]value`: a year, a month, a day, or a time with an offset, its seconds optional.
    package init?(_ text: some StringProtocol) {
        let prefix = text.prefix { $0.isLetter && $0.isLowercase }
        guard prefix.isEmpty || Comparison(rawValue: String(prefix)) != nil else { return nil }
        comparison = Comparison(rawValue: String(prefix)) ?? .eq
        let value = Array(text.dropFirst(prefix.count).utf8)
        // A time without seconds covers its minute; it is read as the minute's first second.
        let isMinute = value.count > 16 && value[16] != UInt8(ascii: ":")
        let written = isMinute ? Array(value[..<16]) + Array(":00".utf8) + value[16...] : value
        guard let moment = FHIRDateTime(utf8: written.span), !moment.hasTime || moment.offsetMinutes != nil else {
            return nil
        }
        let read = moment.londonSpan
        span = isMinute ? read.lowerBound...(read.lowerBound + 60_000_000 - 1) : read
    }

    /// Whether a stored span meets the filter.
    ///
    /// - Parameters:
    ///   - stored: First and last microsecond of the vaccination.
    ///   - now: The time of the search, which `ap` depends on.
    /// - Returns: Whether it does.
    package func accepts(_ stored: ClosedRange<Int64>, now: Int64) -> Bool {
        switch comparison {
        case .eq: isWithin(stored)
        case .ne: !isWithin(stored)
        case .gt: stored.upperBound > span.upperBound
        case .lt: stored.lowerBound < span.lowerBound
        case .ge: stored.upperBound > span.upperBound || isWithin(stored)
        case .le: stored.lowerBound < span.lowerBound || isWithin(stored)
        case .sa: stored.lowerBound > span.upperBound
        case .eb: stored.upperBound < span.lowerBound
        case .ap: widened(now: now).overlaps(stored)
        }
    }

    /// Whether the stored span lies wholly inside the one searched for.
    private func isWithin(_ stored: ClosedRange<Int64>) -> Bool {
        span.lowerBound <= stored.lowerBound && stored.upperBound <= span.upperBound
    }

    /// The span with a tenth of the gap between it and now on each side.
    private func widened(now: Int64) -> ClosedRange<Int64> {
        let gap = max(span.lowerBound - now, now - span.upperBound, 0)
        return (span.lowerBound - gap / 10)...(span.upperBound + gap / 10)
    }
}
