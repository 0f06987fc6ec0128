import NIOCore

/// One connection of a load: sends the next request when it has the last one's answer.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What came of a connection.
    struct Outcome: Sendable {
        /// Microseconds from a request to the end of its answer.
        var latencies: [Int32] = []
        /// Answers other than 200.
        var failures = 0
        /// The first of them.
        var firstFailure: String?
    }

    private let makeRequest: (inout SampleRandom) -> String
    private let measured: Range<NIODeadline>
    private let done: EventLoopPromise<Outcome>
    private var random: SampleRandom
    private var outcome = Outcome()
    private var sentAt = NIODeadline.now()
    private var answer = ByteBuffer()
    /// How long the answer is with its head, once that is known.
    private var length: Int?

    /// - Parameters:
    ///   - seed: Which requests are made.
    ///   - measured: When answers count; the connection ends with it.
    ///   - done: Gets what came of it.
    ///   - makeRequest: Makes a request.
    init(
        seed: UInt64,
        measured: Range<NIODeadline>,
        done: EventLoopPromise<Outcome>,
        makeRequest: @escaping (inout SampleRandom) -> String
    ) {
        random = SampleRandom(seed: seed)
        self.measured = measured
        self.done = done
        self.makeRequest = makeRequest
    }

    func channelActive(context: ChannelHandlerContext) { send(context) }

    func channelInactive(context: ChannelHandlerContext) { done.succeed(outcome) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        outcome.failures += 1
        outcome.firstFailure = outcome.firstFailure ?? "\(error)"
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        answer.writeBuffer(&buffer)
        if length == nil { length = Self.length(answer) }
        guard let length, answer.readableBytes >= length else { return }
        let now = NIODeadline.now()
        if measured.contains(now) {
            outcome.latencies.append(Int32(clamping: (now - sentAt).nanoseconds / 1000))
            if !answer.readableBytesView.starts(with: "HTTP/1.1 200".utf8) {
                outcome.failures += 1
                outcome.firstFailure = outcome.firstFailure ?? String(buffer: answer)
            }
        }
        guard now < measured.upperBound else { return context.close(promise: nil) }
        send(context)
    }

    private func send(_ context: ChannelHandlerContext) {
        answer.clear()
        length = nil
        sentAt = .now()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: makeRequest(&random))), promise: nil)
    }

    private static func length(_ answer: ByteBuffer) -> Int? {
        let view = answer.readableBytesView
        guard let end = view.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let head = String(decoding: view[..<end.lowerBound], as: UTF8.self).lowercased()
        let line = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let body = line?.split(separator: ":").last.flatMap { Int($0.drop { $0 == " " }) } ?? 0
        return end.upperBound - view.startIndex + body
    }
}
