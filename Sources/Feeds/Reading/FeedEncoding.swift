/// How the bytes of a feed stand for characters; decided once for a whole file (csv-feed §3).
package enum FeedEncoding: String, Sendable, Hashable, CaseIterable {
    /// Valid UTF-8 throughout, which ASCII is too.
    case utf8 = "utf-8"
    /// Anything else.
    case windows1252 = "windows-1252"
}
