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
    private let security: KafkaSecurity?
    let state = Mutex(ProxyState())
    private let accepted: AcceptedChannels
    private let listener: NIOAsyncChannel<any Channel, Never>

    /// Listens on a free port; ``run()`` serves.
    ///
    /// - Parameters:
    ///   - target: Where connections lead.
    ///   - dialect: For Kafka, how its answers are led back here.
    ///   - security: For Kafka, what clients have to show first.
    /// - Throws: What the system says against it.
    package init(to target: Target, dialect: KafkaDialect? = nil, security: KafkaSecurity? = nil) async throws {
        self.target = target
        self.dialect = dialect
        self.security = security
        let accepted = AcceptedChannels()
        self.accepted = accepted
        listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // Nothing is read before somebody has taken the connection.
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let security { try channel.pipeline.syncOperations.addHandler(security.makeHandler()) }
                    accepted.add(channel)
                    return channel
                }
            }
        port = listener.channel.localAddress?.port ?? 0
    }

    /// Serves connections until shutdown is asked for or the task is cancelled.
    package func run() async throws {
        try? await listener.executeThenClose { clients in
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask {
                    try? await gracefulShutdown()
                    self.refuse()
                    try? await self.listener.channel.close()
                    await self.accepted.close()
                }
                for try await client in clients { group.addTask { await self.serve(client) } }
            }
        }
        await accepted.close()
    }

    private func serve(_ channel: any Channel) async {
        // Wrapped here and not when it is accepted: a wrapped connection that nobody takes any more, because the listener
        // closes at that moment, makes NIO end the process.
        let wrapped = channel.eventLoop.submit {
            channel.isActive ? try Connection(wrappingChannelSynchronously: channel) : nil
        }
        guard let client = try? await wrapped.get() else { return channel.abort() }
        try? await client.executeThenClose { fromClient, toClient in
            try await channel.setOption(.autoRead, value: true).get()
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
        var handshake = dialect.map { _ in KafkaHandshake(login: security?.login) }
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
        var answers = dialect.map { KafkaAnswers($0, addsLogin: security?.login != nil) }
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

/// The connections a listener has let in and that are still open.
private final class AcceptedChannels: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    func add(_ channel: any Channel) {
        let isLate = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.isClosed
        }
        if isLate { channel.abort() }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
        }
    }

    /// Breaks all of them, and those that are still to come; those there are have ended when it returns.
    func close() async {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.abort() }
        for channel in channels { try? await channel.closeFuture.get() }
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
