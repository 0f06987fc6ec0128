import Access
import FHIR
import Foundation
import HTTPTypes
import Metrics
package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes
import NIOSSL
import NIOTLS
import SwiftASN1
import X509

/// Ends connections whose clients are too slow, refuses requests whose line and headers are too long, and keeps the
/// certificate that the client has shown.
///
/// Stands next to the HTTP codec, before ``ContinueHandler``.
package final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    private let isTLS: Bool
    private let now: @Sendable () -> NIODeadline
    private var patience: ConnectionPatience
    private var timer: (fires: NIODeadline, task: Scheduled<Void>)?
    /// Whether the connection only ends: nothing is read from it any more.
    private var isEnding = false
    /// What the client showed, once the TLS handshake is over.
    private(set) var certificate: ClientCertificate?

    package init(
        limits: ConnectionLimits,
        isTLS: Bool = false,
        now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        self.isTLS = isTLS
        self.now = now
        patience = ConnectionPatience(limits: limits, now: now())
    }

    package func handlerAdded(context: ChannelHandlerContext) { look(context) }

    package func handlerRemoved(context: ChannelHandlerContext) { stop() }

    package func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard Self.length(head) <= SizeLimits.head else { return refuseHead(context) }
            patience.head(expectsContinue: head.headerFields[.expect]?.lowercased() == "100-continue")
        case .body(let buffer): patience.body(bytes: buffer.readableBytes, now: now())
        case .end: patience.end(now: now())
        }
        look(context)
        context.fireChannelRead(data)
    }

    package func read(context: ChannelHandlerContext) {
        patience.wantsMore(now: now())
        look(context)
        context.read()
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status == .continue: patience.askedForBody(now: now())
        case .head, .body: break
        case .end: patience.answered(now: now())
        }
        look(context)
        context.write(data, promise: promise)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        patience.takes(context.channel.isWritable, now: now())
        look(context)
        context.fireChannelWritabilityChanged()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case HTTPParserError.headerOverflow? = error as? HTTPParserError else {
            return context.fireErrorCaught(error)
        }
        refuseHead(context)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
            certificate = (try? context.pipeline.syncOperations.nioSSL_peerCertificate()).flatMap(Self.certificate)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Sets the clock to the moment at which patience ends, if that is earlier than what it is set to.
    private func look(_ context: ChannelHandlerContext) {
        guard let deadline = patience.deadline else { return }
        if let timer {
            guard deadline < timer.fires else { return }
            timer.task.cancel()
        }
        let pause = max(deadline - now(), .nanoseconds(0))
        let task = context.eventLoop.assumeIsolated().scheduleTask(in: pause) { self.fire(context) }
        timer = (deadline, task)
    }

    private func fire(_ context: ChannelHandlerContext) {
        timer = nil
        guard let deadline = patience.deadline, deadline <= now() else { return look(context) }
        EdgeMetrics.closed(.slow)
        context.close(promise: nil)
    }

    private func stop() {
        timer?.task.cancel()
        timer = nil
    }

    /// Answers 431, unless an answer to an earlier request is under way, and ends the connection once the client has had the
    /// time to read it.
    private func refuseHead(_ context: ChannelHandlerContext) {
        guard !isEnding else { return }
        EdgeMetrics.closed(.head)
        isEnding = true
        guard !patience.owesAnswer else { return context.close(promise: nil) }
        let (head, body) = HubError.headTooLong.parts(isTLS: isTLS)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // The patience with an idle client ends what the client does not.
        context.close(mode: .output, promise: nil)
    }

    /// The request line and the headers as they came, but for the white space that may differ.
    private static func length(_ head: HTTPRequest) -> Int {
        let line = head.method.rawValue.utf8.count + (head.path?.utf8.count ?? 0) + " HTTP/1.1\r\n".utf8.count
        let host = head.authority.map { $0.utf8.count + "host: \r\n".utf8.count } ?? 0
        return head.headerFields.reduce(line + host) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4 }
    }

    private static func certificate(_ peer: NIOSSLCertificate) -> ClientCertificate? {
        guard let der = try? peer.toDERBytes() else { return nil }
        return ClientCertificate(der: der, subject: (try? Certificate(derEncoded: der))?.subject.description)
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
