import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Asks a client for the body it holds back (`Expect: 100-continue`, RFC 9110 §10.1.1) when a route wants to read it.
///
/// So a file of gigabytes that is not wanted is refused before it is sent.
package final class ContinueHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    /// The event that says: now the body is wanted.
    struct BodyWanted: Sendable {}

    /// Whether the client waits to be asked.
    private var isClientWaiting = false
    /// Whether it got its answer without having been asked: nobody knows if it sends the body now.
    private var mustClose = false

    package init() {}

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): isClientWaiting = head.headerFields[.expect]?.lowercased() == "100-continue"
        case .body, .end: isClientWaiting = false
        }
        context.fireChannelRead(data)
    }

    package func triggerUserOutboundEvent(
        context: ChannelHandlerContext,
        event: Any,
        promise: EventLoopPromise<Void>?
    ) {
        guard event is BodyWanted else { return context.triggerUserOutboundEvent(event, promise: promise) }
        guard isClientWaiting else { return promise?.succeed() ?? () }
        isClientWaiting = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: promise)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where isClientWaiting:
            isClientWaiting = false
            mustClose = true
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where mustClose:
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
        default: context.write(data, promise: promise)
        }
    }
}

@available(*, unavailable)
extension ContinueHandler: Sendable {}
