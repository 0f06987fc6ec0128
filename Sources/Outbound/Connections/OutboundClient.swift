import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL

/// An HTTP client for endpoints that somebody outside named: it connects to an address that it has checked, and to no other.
///
/// Each connection resolves the name once, judges every address, and goes to one of those; TLS is asked for the name and
/// checked against it (D-72). Redirects are not followed, no proxy is taken from the environment (D-74).
package final class OutboundClient: Sendable {
    /// A TCP connection has this long (`delivery.md` §11).
    private static let connectTime = TimeAmount.seconds(5)
    /// Bytes of an answer's header fields at most.
    private static let headerLimit = 16 << 10

    private let resolver: any AddressResolver
    private let tls: NIOSSLContext
    private let pool = ConnectionPool()

    /// - Parameters:
    ///   - resolver: What looks names up.
    ///   - tls: Trusted authorities and the client's certificate.
    /// - Throws: What BoringSSL says of the certificates.
    package init(
        resolver: any AddressResolver = SystemResolver(),
        tls: TLSConfiguration = OutboundClient.tlsConfiguration()
    ) throws {
        self.resolver = resolver
        self.tls = try NIOSSLContext(configuration: tls)
    }

    deinit { pool.close() }

    /// TLS 1.2 or later with full verification, and the system's authorities.
    package static func tlsConfiguration() -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    /// Sends a request and waits for its answer, from the first look-up to the last byte within the time given.
    ///
    /// An answer whose body is too long or too slow is cut off; its status counts.
    package func send(
        _ request: OutboundRequest,
        policy: AddressPolicy,
        timeout: Duration
    ) async throws(OutboundError) -> OutboundAnswer {
        let deadline = NIODeadline.now() + .nanoseconds(Int64(timeout / .nanoseconds(1)))
        let key = ConnectionPool.Key(request.url)
        if let connection = pool.take(key, policy: policy) {
            do throws(OutboundError) {
                return try await exchange(request, on: connection, key, deadline)
            } catch {
                // The endpoint had closed the idle connection before it saw the request: not an attempt of its own (§11).
                guard error == .closed else { throw error }
            }
        }
        let connection = try await connect(to: request.url, policy, deadline)
        do throws(OutboundError) {
            return try await exchange(request, on: connection, key, deadline)
        } catch {
            throw error == .closed ? .noResponse : error
        }
    }

    private func exchange(
        _ request: OutboundRequest,
        on connection: ConnectionPool.Connection,
        _ key: ConnectionPool.Key,
        _ deadline: NIODeadline
    ) async throws(OutboundError) -> OutboundAnswer {
        let channel = connection.channel
        let promise = channel.eventLoop.makePromise(of: OutboundAnswer.self)
        channel.writeAndFlush(Exchange(request: request, deadline: deadline, promise: promise))
            .whenFailure { _ in promise.fail(OutboundError.closed) }
        do {
            let answer = try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            if answer.isWhole { pool.give(connection, key) }
            return answer
        } catch {
            throw error as? OutboundError ?? .noResponse
        }
    }

    /// Connects to the first of the host's addresses that answers, when all of them are allowed.
    private func connect(
        to url: EndpointURL,
        _ policy: AddressPolicy,
        _ deadline: NIODeadline
    ) async throws(OutboundError) -> ConnectionPool.Connection {
        let addresses = if let address = url.address { [address] } else { await resolver.addresses(of: url.host) }
        guard !addresses.isEmpty else { throw .notResolved }
        // One bad address among several is enough: whoever names it may be after it.
        guard addresses.allSatisfy(policy.allows) else { throw .denied }
        var failure = OutboundError.noResponse
        for address in addresses.prefix(4) where NIODeadline.now() < deadline {
            do {
                return ConnectionPool.Connection(channel: try await open(address, url, deadline), address: address)
            } catch {
                failure = error as? OutboundError ?? .noResponse
            }
        }
        throw failure
    }

    private func open(_ address: IPAddress, _ url: EndpointURL, _ deadline: NIODeadline) async throws -> any Channel {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let ready = loop.makePromise(of: Void.self)
        let tls = url.isSecure ? self.tls : nil
        let host = url.address == nil ? url.host : nil
        do {
            let channel = try await ClientBootstrap(group: loop)
                .connectTimeout(min(Self.connectTime, deadline - .now()))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: host)) }
                        try pipeline.addHandler(HTTPRequestEncoder())
                        try pipeline.addHandler(ByteToMessageHandler(Self.decoder()))
                        try pipeline.addHandler(ExchangeHandler(isSecure: tls != nil, host: host, ready: ready))
                    }
                }
                .connect(to: address.socketAddress(port: url.port))
                .get()
            let end = loop.scheduleTask(deadline: deadline) { ready.fail(OutboundError.noResponse) }
            defer { end.cancel() }
            do {
                try await ready.futureResult.get()
            } catch {
                channel.close(promise: nil)
                throw error
            }
            return channel
        } catch {
            // The handler that would have done so may never have been made.
            ready.fail(error)
            throw error
        }
    }

    private static func decoder() -> HTTPResponseDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerLimit
        limits.maxHeaderListSize = headerLimit
        return HTTPResponseDecoder(
            leftOverBytesStrategy: .dropBytes,
            informationalResponseStrategy: .drop,
            limitConfiguration: limits
        )
    }
}
