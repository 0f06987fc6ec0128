/// The content of a gzip stream as it comes in, in pieces of bounded size.
package struct GunzippedBytes<Base: AsyncSequence>: AsyncSequence where Base.Element: Collection<UInt8> {
    private let base: Base
    private let limits: GzipLimits

    /// Decompresses `base`, refusing content beyond the limits with a ``GzipError``.
    package init(_ base: Base, limits: GzipLimits = GzipLimits()) {
        self.base = base
        self.limits = limits
    }

    /// Reads and decompresses from the start.
    package func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeAsyncIterator(), limits: limits)
    }

    /// Reads one piece after the other.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: Base.AsyncIterator
        fileprivate let limits: GzipLimits
        private var inflater: GzipInflater?

        fileprivate init(base: Base.AsyncIterator, limits: GzipLimits) {
            self.base = base
            self.limits = limits
        }

        /// The next piece of content.
        package mutating func next() async throws -> [UInt8]? {
            try await next(isolation: nil)
        }

        /// The next piece of content.
        ///
        /// - Parameter actor: Where the compressed stream is read.
        /// - Returns: A piece, or nil at the end.
        /// - Throws: ``GzipError``, or what the compressed stream throws.
        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            let inflater = try self.inflater ?? GzipInflater(limits: limits)
            self.inflater = inflater
            while true {
                if let piece = try inflater.next() { return piece }
                guard let compressed = try await base.next(isolation: actor) else {
                    try inflater.finish()
                    return nil
                }
                inflater.feed(compressed)
            }
        }
    }
}

extension GunzippedBytes: Sendable where Base: Sendable {}
