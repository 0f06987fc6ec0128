import Hummingbird
import NIOCore

/// An upload's body: the client is asked for it when its first piece is read, after every check that needs none of it.
struct UploadBody: AsyncSequence {
    let body: RequestBody
    let channel: any Channel

    func makeAsyncIterator() -> Iterator { Iterator(base: body.makeAsyncIterator(), channel: channel) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator
        fileprivate let channel: any Channel
        private var isAsked = false

        fileprivate init(base: RequestBody.AsyncIterator, channel: any Channel) {
            self.base = base
            self.channel = channel
        }

        mutating func next() async throws -> ByteBufferView? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBufferView? {
            if !isAsked {
                isAsked = true
                // Fails on a connection that is gone, which reading tells better.
                channel.triggerUserOutboundEvent(ContinueHandler.BodyWanted(), promise: nil)
            }
            return try await base.next(isolation: actor)?.readableBytesView
        }
    }
}
