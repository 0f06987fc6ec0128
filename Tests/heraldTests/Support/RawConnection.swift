import Foundation
import HeraldTestKit
import NIOCore
import NIOPosix

/// Sends bytes to a server as they are, which no HTTP client would.
enum RawConnection {
    /// After how long a server counts as hanging.
    private static let limit = Duration.seconds(60)

    /// Sends bytes to a port of this machine and gives what came back until the server closed the connection.
    ///
    /// `isCutOff` says that nothing more follows, though the bytes may promise it.
    static func exchange(_ bytes: [UInt8], port: Int, isCutOff: Bool) async throws -> RawAnswer {
        let start = ContinuousClock.now
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        let channel = connection.channel
        // A cancelled Task.sleep would be kept until its time, once for each request.
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) { channel.close(promise: nil) }
        defer { alarm.cancel() }
        var received: [UInt8] = []
        do {
            try await connection.executeThenClose { inbound, outbound in
                try? await outbound.write(ByteBuffer(bytes: bytes))
                if isCutOff { outbound.finish() }
                for try await part in inbound { received += part.readableBytesView }
            }
        } catch {
            // A server may reset what it refuses; what it said before counts.
        }
        return RawAnswer(bytes: received, isHanging: ContinuousClock.now - start >= limit)
    }
}

/// The bytes of an answer.
struct RawAnswer: Sendable {
    let bytes: [UInt8]
    let isHanging: Bool

    /// Of the last status line, for `100 Continue` may come before it; nil where there was no answer.
    var status: Int? {
        let lines = head.split(separator: "\r\n").filter { $0.hasPrefix("HTTP/1.1 ") }
        return lines.last.flatMap { Int($0.dropFirst("HTTP/1.1 ".count).prefix(3)) }
    }

    var head: String {
        let text = String(decoding: bytes, as: UTF8.self)
        let marks = text.ranges(of: "\r\n\r\n")
        return marks.last.map { String(text[..<$0.lowerBound]) } ?? text
    }
}
