import Foundation
import HeraldTestKit
import NIOCore
import NIOHTTP1
import NIOSSL
import Outbound
import Testing

/// TLS towards endpoints: whom the hub speaks to, and what it shows of itself (D-72, `delivery.md` §8, §11).
@Suite(.timeLimit(.minutes(1))) struct EndpointTLSTests {
    private static let folder = Result {
        let folder = ScratchFolder.make()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try TestCertificates.make(in: folder)
        return folder
    }

    /// An endpoint with a certificate for `localhost` and 127.0.0.1, and for no other name.
    private func withEndpoint(
        askingForCertificate isAsking: Bool = false,
        _ body: (Listener) async throws -> Void
    ) async throws {
        let folder = try Self.folder.get()
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile("\(folder)/server.pem").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(folder)/server.key", format: .pem))
        )
        if isAsking {
            tls.certificateVerification = .noHostnameVerification
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(folder)/ca.pem"))
        }
        let listener = try await Listener(
            tls: try NIOSSLContext(configuration: tls),
            answer: .text("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        )
        do {
            try await body(listener)
        } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
    }

    /// Posts to a host that is looked up as 127.0.0.1.
    private func post(
        to host: String,
        _ listener: Listener,
        trustingTestAuthority isTrusting: Bool = true,
        as certificate: String? = nil
    ) async throws -> Result<Int, OutboundError> {
        let folder = try Self.folder.get()
        var tls = OutboundClient.tlsConfiguration()
        if isTrusting { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(folder)/ca.pem")) }
        if let certificate {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile("\(folder)/\(certificate).pem")
                .map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(certificate).key", format: .pem))
        }
        var policy = AddressPolicy()
        policy.isDevelopment = true
        let client = try OutboundClient(resolver: ScriptedResolver(["127.0.0.1"]), tls: tls)
        let url = try EndpointURL("https://\(host):\(listener.port)/", policy: policy)
        let request = OutboundRequest(.POST, url, body: ByteBuffer(string: "{}"))
        do throws(OutboundError) {
            return .success(try await client.send(request, policy: policy, timeout: .seconds(20)).status)
        } catch {
            return .failure(error)
        }
    }

    @Test("D-72: a certificate for another name is refused, and nothing is sent")
    func aCertificateForAnotherNameIsRefused() async throws {
        try await withEndpoint { listener in
            let outcome = try await post(to: "hooks.example", listener)
            #expect(outcome == .failure(.certificate))
            #expect(listener.seen.connections == 1 && listener.seen.bytes == 0)
            #expect(try await post(to: "localhost", listener) == .success(202))
            #expect(try await post(to: "127.0.0.1", listener) == .success(202))
        }
    }

    @Test("§11: an authority that nobody configured is not trusted, and nothing is sent")
    func anUnknownAuthorityIsRefused() async throws {
        try await withEndpoint { listener in
            let outcome = try await post(to: "localhost", listener, trustingTestAuthority: false)
            #expect(outcome == .failure(.certificate))
            #expect(listener.seen.bytes == 0)
        }
    }

    @Test("§8: an endpoint that asks for the hub's certificate gets it, and refuses whoever has none of its authority")
    func theClientsCertificateIsShown() async throws {
        try await withEndpoint(askingForCertificate: true) { listener in
            #expect(try await post(to: "localhost", listener, as: "client") == .success(202))
            let seen = listener.seen.bytes
            for other in [nil, "stranger"] {
                let outcome = try await post(to: "localhost", listener, as: other)
                guard case .failure = outcome else {
                    Issue.record("\(other ?? "nobody") was let in: \(outcome)")
                    continue
                }
            }
            #expect(listener.seen.bytes == seen, "nothing of what they sent was read")
        }
    }
}
