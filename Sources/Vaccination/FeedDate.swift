package import FHIR

/// The dates of the feed: `YYYYMMDD` and, leniently, `YYYY-MM-DD`, of real days of the years 1 to 9999
/// (csv-feed.md §5.3).
package enum FeedDate {
    /// The days since 1970-01-01; nil if the text is not such a date.
    package static func parse(_ utf8: UnsafeBufferPointer<UInt8>) -> Int32? {
        civilDate(utf8.span)?.daysSince1970
    }

    /// The days since 1970-01-01; nil if the text is not such a date.
    package static func parse(_ utf8: Span<UInt8>) -> Int32? {
        civilDate(utf8)?.daysSince1970
    }

    /// The day; nil if the text is not such a date.
    package static func civilDate(_ utf8: Span<UInt8>) -> CivilDate? {
        CivilDate(compact: utf8) ?? CivilDate(iso: utf8)
    }
}
