/// How big requests may be, in bytes (`immunisation-history.md` §10).
package enum SizeLimits {
    /// The request line and all headers.
    package static let head = 16 << 10
    /// A body, other than that of a feed.
    package static let body = 1 << 20
    /// The body of a form.
    package static let form = 64 << 10
}
