import Gzip
import NIOCore

/// Buffers compressed to one gzip stream, a piece at a time.
struct GzippedBuffers<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable where Base.Element == ByteBuffer {
    let base: Base

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: Base.AsyncIterator
        private var deflater: GzipDeflater?
        private var isAtEnd = false

        fileprivate init(base: Base.AsyncIterator) { self.base = base }

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            let deflater = try self.deflater ?? GzipDeflater()
            self.deflater = deflater
            while !isAtEnd {
                guard let buffer = try await base.next(isolation: actor) else {
                    isAtEnd = true
                    return ByteBuffer(bytes: deflater.finish())
                }
                deflater.compress(Array(buffer.readableBytesView))
                let output = deflater.takeOutput()
                if !output.isEmpty { return ByteBuffer(bytes: output) }
            }
            return nil
        }
    }
}
