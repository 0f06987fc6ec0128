import AsyncHTTPClient
import Gzip
import NIOCore

/// A message as it is downloaded; its content is read once.
package struct IncomingMessage: Sendable {
    package let headers: MessageHeaders
    package let content: MessageContent
}

/// A message's content, chunk after chunk and decompressed, in pieces of some 64 kB.
package struct MessageContent: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = any Error

    let raw: RawContent
    let isCompressed: Bool

    /// Reads from the start.
    package func makeAsyncIterator() -> Iterator {
        Iterator(
            source: isCompressed
                ? .compressed(GunzippedBytes(raw).makeAsyncIterator()) : .plain(raw.makeAsyncIterator())
        )
    }

    /// Reads piece after piece.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate enum Source {
            case plain(RawContent.Iterator)
            case compressed(GunzippedBytes<RawContent>.Iterator)
        }

        fileprivate var source: Source

        /// The next piece.
        ///
        /// - Throws: ``MESHError``.
        package mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

        /// The next piece.
        ///
        /// - Parameter actor: Where it is read.
        /// - Returns: The piece, or nil at the end.
        /// - Throws: ``MESHError``.
        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            switch source {
            case .plain(var iterator):
                defer { source = .plain(iterator) }
                return try await iterator.next(isolation: actor).map { Array($0) }
            case .compressed(var iterator):
                defer { source = .compressed(iterator) }
                do {
                    return try await iterator.next(isolation: actor)
                } catch let error as GzipError {
                    throw MESHError.unusableContent(error)
                }
            }
        }
    }
}

/// A message's bytes as they come over the wire, over all its chunks.
struct RawContent: AsyncSequence, Sendable {
    typealias Element = ByteBufferView
    typealias Failure = any Error

    let client: MESHClient
    let id: MessageID
    let chunks: Int
    /// The answer that holds the first chunk.
    let first: HTTPClientResponse.Body

    func makeAsyncIterator() -> Iterator { Iterator(content: self) }

    /// Reads piece after piece, and asks for the next chunk when one is over.
    struct Iterator: AsyncIteratorProtocol {
        private let content: RawContent
        private var chunk = 1
        private var pieces: HTTPClientResponse.Body.AsyncIterator
        private var deadline: ContinuousClock.Instant

        init(content: RawContent) {
            self.content = content
            pieces = content.first.makeAsyncIterator()
            deadline = .now + content.client.configuration.transferTimeout
        }

        /// The next piece.
        mutating func next() async throws -> ByteBufferView? { try await next(isolation: nil) }

        /// The next piece.
        ///
        /// - Parameter actor: Where it is read.
        /// - Returns: The piece, or nil after the last chunk.
        /// - Throws: ``MESHError``.
        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBufferView? {
            while true {
                guard ContinuousClock.now < deadline else { throw MESHError.unreachable(.download, .timeout) }
                do {
                    if let piece = try await pieces.next(isolation: actor) { return piece.readableBytesView }
                } catch {
                    throw MESHError(error, .download)
                }
                guard chunk < content.chunks else { return nil }
                chunk += 1
                pieces = try await content.client.chunk(chunk, of: content.id).makeAsyncIterator()
                deadline = .now + content.client.configuration.transferTimeout
            }
        }
    }
}
