/// How big a feed may be; each breach ends the file with an error of its own (csv-feed §10).
package struct FeedLimits: Sendable, Hashable {
    /// The most data rows in a file.
    package var rows: Int64 = 5_000_000
    /// The most bytes in a file.
    package var fileBytes: Int64 = 8 << 30
    /// The most bytes in a field, as in the file, without the quotes around it.
    package var fieldBytes = 64 << 10
    /// The most bytes in a row, as in the file, without its line end.
    package var rowBytes = 1 << 20
    /// Whether one UTF-8 byte order mark may stand before the header.
    package var toleratesByteOrderMark = true

    /// The defaults: 5 million rows, 8 GiB, 64 KiB a field, 1 MiB a row.
    package init() {}
}
