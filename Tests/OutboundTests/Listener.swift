import NIOCore
import NIOPosix
import NIOSSL
import Outbound
import Synchronization

/// A bare TCP (or TLS) server that counts what reaches it and answers every request with the same bytes.
final class Listener: Sendable {
    struct Seen: Sendable {
        var connections = 0
        var bytes = 0
    }

    /// What is sent when the end of a request's head has been read.
    enum Answer: Sendable {
        case text(String)
        /// The text, then more bytes until the other side has had enough; after each of them this many milliseconds pass.
        case endless(String, piece: String, pause: Int64)
        /// The text, and then the end of the connection.
        case last(String)
    }

    private let channel: any Channel
    private let seenBox: SeenBox
    var port: Int { channel.localAddress?.port ?? 0 }
    var seen: Seen { seenBox.value.withLock { $0 } }

    fileprivate final class SeenBox: Sendable { let value = Mutex(Seen()) }

    init(host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil, answer: Answer) async throws {
        let box = SeenBox()
        seenBox = box
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Handler(box: box, answer: answer))
                }
            }
            .bind(host: host, port: port).get()
    }

    func close() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let box: SeenBox
        let answer: Answer
        var read = ""

        init(box: SeenBox, answer: Answer) {
            self.box = box
            self.answer = answer
        }

        func channelActive(context: ChannelHandlerContext) { box.value.withLock { $0.connections += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            box.value.withLock { $0.bytes += buffer.readableBytes }
            read += String(buffer: buffer)
            guard read.contains("\r\n\r\n") else { return }
            read = ""
            switch answer {
            case .text(let text): send(text, context)
            case .last(let text):
                send(text, context)
                context.close(promise: nil)
            case .endless(let text, let piece, let pause):
                send(text, context)
                drip(piece, pause, context)
            }
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        private func drip(_ piece: String, _ pause: Int64, _ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            let loop = context.eventLoop.assumeIsolated()
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: piece))).assumeIsolated().whenSuccess {
                loop.scheduleTask(in: .milliseconds(pause)) { self.drip(piece, pause, context) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A name server that says what a test wants, a list for each question in turn; the last one for ever.
final class ScriptedResolver: AddressResolver {
    private let answers: Mutex<[[IPAddress]]>

    init(_ answers: [String]...) { self.answers = Mutex(answers.map { $0.compactMap { IPAddress($0) } }) }

    func addresses(of host: String) async -> [IPAddress] {
        answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? [] }
    }
}
