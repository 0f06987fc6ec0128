/// What is refused while decompressing, so that a small upload cannot fill a disk.
package struct GzipLimits: Hashable, Sendable {
    /// Bytes of decompressed content at most.
    package var bytes: Int64
    /// How many times larger than the compressed bytes the content may be; looked at from the first megabyte on.
    ///
    /// Feeds compress to a tenth or a twentieth, a file of one repeated byte to a thousandth.
    package var ratio: Int

    /// The least content that is judged by its ratio.
    static let judgedFrom: Int64 = 1 << 20

    /// Limits; the defaults are for feeds.
    package init(bytes: Int64 = .max, ratio: Int = 400) {
        self.bytes = bytes
        self.ratio = ratio
    }
}
