import Foundation
import HeraldTestKit
import NIOCore
import NIOPosix

/// Sends bytes to a server as they are, which no HTTP client would.
enum RawConnection {
    /// Sends bytes to a port of this machine and gives what came back until the server closed the connection.
    ///
    /// `isCutOff` says that nothing more follows, though the bytes may promise it; after `limit` the server counts as hanging.
    static func exchange(
        _ bytes: [UInt8],
        port: Int,
        isCutOff: Bool,
        limit: Duration = .seconds(60)
    ) async throws -> RawAnswer {
        try await withThrowingTaskGroup(of: RawAnswer.self) { group in
            group.addTask { try await exchange(bytes, port: port, isCutOff: isCutOff) }
            group.addTask {
                try await Task.sleep(for: limit)
                return RawAnswer(bytes: [], isHanging: true)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? RawAnswer(bytes: [], isHanging: true)
        }
    }

    private static func exchange(_ bytes: [UInt8], port: Int, isCutOff: Bool) async throws -> RawAnswer {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        var received: [UInt8] = []
        do {
            try await channel.executeThenClose { inbound, outbound in
                try? await outbound.write(ByteBuffer(bytes: bytes))
                if isCutOff { outbound.finish() }
                for try await part in inbound { received += part.readableBytesView }
            }
        } catch {
            // A server may reset what it refuses; what it said before counts.
        }
        return RawAnswer(bytes: received, isHanging: false)
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
