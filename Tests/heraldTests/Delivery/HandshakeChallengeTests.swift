import Deliveries
import Events
import Foundation
import HeraldTestKit
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Outbound
import Subscriptions
import Testing

@testable import herald

/// A handshake's challenge over TLS, as in production (`delivery.md` §8).
@Suite(.timeLimit(.minutes(1))) struct HandshakeChallengeTests {
    /// What the client's handshake comes to at an endpoint that gives the challenge back, or does not.
    private func handshake(
        givenBack isEchoing: Bool,
        isHandshake: Bool = true,
        hosts: [String] = []
    ) async throws -> AttemptOutcome {
        let folder = NSTemporaryDirectory() + "herald-challenge-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TestCertificates.make(in: folder)
        let endpoint = try await Self.endpoint(isEchoing: isEchoing, certificatesIn: folder)
        let port = try #require(endpoint.localAddress?.port)
        var tls = OutboundClient.tlsConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(folder)/ca.pem"))
        var policy = AddressPolicy()
        policy.ports = [port]
        let loopback = try #require(IPNetwork("127.0.0.0/8"))
        let poster = RestHookClient(client: try OutboundClient(tls: tls), policy: policy.reopening([loopback])) { _ in
            EndpointSecurity(audience: .subscriber, client: "gp", secrets: [], hosts: hosts, networks: [])
        }
        var notification = OutgoingNotification(
            endpoint: "https://127.0.0.1:\(port)/",
            headers: [],
            body: [0x7B, 0x7D],
            timeout: .seconds(20)
        )
        notification.subscription = SubscriptionID(UUID())
        notification.isHandshake = isHandshake
        let outcome = try await poster.post(notification)
        try await endpoint.close()
        return outcome
    }

    @Test func anEndpointThatGivesTheChallengeBackIsAccepted() async throws {
        #expect(try await handshake(givenBack: true) == .accepted(httpStatus: 202))
    }

    @Test func anEndpointThatAnswers2xxToAnythingIsNot() async throws {
        #expect(try await handshake(givenBack: false) == .misconfigured(httpStatus: 202))
    }

    @Test func aHostThatOperatorsTookDownNeedsNoProof() async throws {
        #expect(try await handshake(givenBack: false, hosts: ["127.0.0.1"]) == .accepted(httpStatus: 202))
    }

    @Test func whatIsNoHandshakeNeedsNoProof() async throws {
        #expect(try await handshake(givenBack: false, isHandshake: false) == .accepted(httpStatus: 202))
    }

    private static func endpoint(isEchoing: Bool, certificatesIn folder: String) async throws -> any Channel {
        let chain = try NIOSSLCertificate.fromPEMFile("\(folder)/server.pem")
        let key = try NIOSSLPrivateKey(file: "\(folder)/server.key", format: .pem)
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
        )
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Answerer(isEchoing: isEchoing))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Answers 202 to everything, with the challenge or without.
    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let isEchoing: Bool
        private var challenge: String?

        init(isEchoing: Bool) { self.isEchoing = isEchoing }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): challenge = head.headers.first(name: "Herald-Challenge")
            case .body: break
            case .end:
                var head = HTTPResponseHead(version: .http1_1, status: .accepted, headers: ["Content-Length": "0"])
                if isEchoing, let challenge { head.headers.add(name: "Herald-Challenge", value: challenge) }
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
