import Foundation
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// A TCP relay on a port of the loopback interface between a process and a server, which can be told to misbehave.
///
/// What it does wrong is what networks do: it refuses, resets, stalls, cuts off in the middle. Bytes are never changed,
/// except that a Kafka client is led back to the proxy (see ``KafkaDialect``).
package final class LoopbackProxy: Service, Sendable {
    /// Where connections lead.
    package enum Target: Sendable, Hashable {
        /// A port of 127.0.0.1.
        case port(Int)
        /// A socket in the file system.
        case socket(path: String)
    }

    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// The port to connect to.
    package let port: Int
    let target: Target
    let dialect: KafkaDialect?
    let state = Mutex(ProxyState())
    private let listener: NIOAsyncChannel<Connection, Never>

    /// Listens on a free port; ``run()`` serves.
    ///
    /// - Parameters:
    ///   - target: Where connections lead.
    ///   - dialect: For Kafka, how its answers are led back here.
    /// - Throws: What the system says against it.
    package init(to target: Target, dialect: KafkaDialect? = nil) async throws {
        self.target = target
        self.dialect = dialect
        listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        port = listener.channel.localAddress?.port ?? 0
    }

    /// Serves connections until shutdown is asked for or the task is cancelled.
    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await self.listener.executeThenClose { clients in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await client in clients { group.addTask { await self.serve(client) } }
                }
            }
        }
        reset()
    }

    private func serve(_ client: Connection) async {
        try? await client.executeThenClose { fromClient, toClient in
            let upstream: Connection
            do {
                guard !self.state.withLock(\.isRefusing) else { throw ProxyCut() }
                upstream = try await self.connect()
            } catch {
                return client.channel.abort()
            }
            let id = self.state.withLock { $0.add(client.channel, upstream.channel) }
            defer { self.state.withLock { $0.connections[id] = nil } }
            try await upstream.executeThenClose { fromServer, toServer in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await self.pumpUp(id, fromClient, toServer, answers: toClient) }
                    group.addTask { try await self.pumpDown(id, fromServer, toClient) }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }
    }

    private func connect() async throws -> Connection {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        switch target {
        case .port(let port):
            return try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
                }
        case .socket(let path):
            return try await bootstrap.connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        }
    }

    private func pumpUp(
        _ id: Int,
        _ source: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ sink: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        answers: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        var handshake = dialect.map { _ in KafkaHandshake() }
        var tail: [UInt8] = []
        for try await var bytes in source {
            if let step = handshake?.take(bytes) {
                if let answer = step.answer { try await answers.write(answer) }
                guard let forward = step.forward else { continue }
                bytes = forward
            }
            state.withLock { $0.look(at: bytes, after: &tail, on: id) }
            try await pass(bytes, on: id, to: sink)
        }
    }

    private func pumpDown(
        _ id: Int,
        _ source: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ sink: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        var answers = dialect.map { KafkaAnswers($0) }
        for try await bytes in source {
            if answers == nil {
                try await pass(bytes, on: id, to: sink)
            } else if let whole = answers?.take(bytes) {
                try await pass(whole, on: id, to: sink)
            }
        }
    }

    /// Lets bytes through as soon as nothing is in their way.
    private func pass(
        _ bytes: ByteBuffer,
        on id: Int,
        to sink: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        while true {
            switch state.withLock({ $0.admit(bytes.readableBytes, on: id) }) {
            case .wait: try await Task.sleep(for: .milliseconds(5))
            case .pass: return try await sink.write(bytes)
            case .cut(let count):
                if let part = bytes.getSlice(at: bytes.readerIndex, length: count) { try await sink.write(part) }
                abort(id)
                throw ProxyCut()
            case .gone: throw ProxyCut()
            }
        }
    }

    private func abort(_ id: Int) {
        for channel in state.withLock({ $0.connections[id]?.channels ?? [] }) { channel.abort() }
    }
}

/// The proxy broke a connection on purpose.
private struct ProxyCut: Error {}

extension Channel {
    /// Closes with a reset instead of an orderly end, as a machine does that has forgotten the connection.
    func abort() {
        if remoteAddress?.port != nil, let options = self as? any SocketOptionProvider {
            _ = options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        close(promise: nil)
    }
}
