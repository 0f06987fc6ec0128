import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// Speaks HTTP/1.1 on one connection, one exchange at a time, within limits (`delivery.md` §11).
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    /// TLS has this long, counted from the connection.
    private static let handshakeTime = TimeAmount.seconds(5)

    private let isSecure: Bool
    /// The host name that the server's certificate must have, where the address has one.
    private let host: String?
    /// Succeeds when the connection can be written to.
    private let ready: EventLoopPromise<Void>
    private var timer: Scheduled<Void>?
    private var exchange: Exchange?
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()
    private var bodyBytes = 0

    init(isSecure: Bool, host: String?, ready: EventLoopPromise<Void>) {
        self.isSecure = isSecure
        self.host = host
        self.ready = ready
    }

    func channelActive(context: ChannelHandlerContext) {
        if isSecure {
            let channel = context.channel
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.handshakeTime) {
                self.ready.fail(OutboundError.noResponse)
                channel.close(promise: nil)
            }
        } else {
            ready.succeed()
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            timer?.cancel()
            if let host, !CertificateName.covers(Self.certificate(of: context), host: host) {
                ready.fail(OutboundError.certificate)
                context.close(promise: nil)
            } else {
                ready.succeed()
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        self.exchange = exchange
        (head, bodyBytes) = (nil, 0)
        body.clear()
        let channel = context.channel
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: exchange.deadline) {
            self.finish(isWhole: false, otherwise: .noResponse)
            channel.close(promise: nil)
        }
        let request = exchange.request
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.url.target)
        head.headers = request.headers
        head.headers.replaceOrAdd(name: "Host", value: request.url.authority)
        if request.method != .GET {
            head.headers.replaceOrAdd(name: "Content-Length", value: "\(request.body.readableBytes)")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // An answer that nobody asked for: the connection is no longer understood.
        guard let exchange else { return context.close(promise: nil) }
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var piece):
            bodyBytes += piece.readableBytes
            if exchange.request.keepsAnswer, bodyBytes <= exchange.request.answerLimit { body.writeBuffer(&piece) }
            guard bodyBytes > exchange.request.answerLimit else { return }
            finish(isWhole: false, otherwise: .noResponse)
            context.close(promise: nil)
        case .end:
            let staysOpen = head?.isKeepAlive ?? false
            if !staysOpen { context.close(promise: nil) }
            finish(isWhole: true, otherwise: .noResponse)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready.fail(OutboundError.noResponse)
        finish(isWhole: false, otherwise: .closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready.fail(Self.isCertificate(error) ? OutboundError.certificate : .noResponse)
        finish(isWhole: false, otherwise: error is IOError ? .closed : .noResponse)
        context.close(promise: nil)
    }

    /// Ends the exchange with what has come of its answer; without a head, with the error.
    private func finish(isWhole: Bool, otherwise error: OutboundError) {
        timer?.cancel()
        guard let exchange else { return }
        self.exchange = nil
        guard let head else { return exchange.promise.fail(error) }
        exchange.promise.succeed(
            OutboundAnswer(status: Int(head.status.code), headers: head.headers, body: body, isWhole: isWhole)
        )
    }

    private static func certificate(of context: ChannelHandlerContext) -> NIOSSLCertificate? {
        try? context.pipeline.syncOperations.nioSSL_peerCertificate()
    }

    private static func isCertificate(_ error: any Error) -> Bool {
        if let error = error as? NIOSSLExtraError { return error == .failedToValidateHostname }
        guard case .handshakeFailed(let cause)? = error as? NIOSSLError else { return false }
        return "\(cause)".contains("CERTIFICATE_VERIFY_FAILED")
    }
}
