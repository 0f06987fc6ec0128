import AsyncHTTPClient
import Foundation
import HTTPTypes
import HeraldTestKit
import NIOCore
import NIOHTTP1
import NIOSSL
import Store
import Testing

@testable import Access
@testable import WebAPI
@testable import herald

/// A-24: tokens that are bound to a client's certificate (RFC 8705), over TLS from the token to the answer.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct CertificateBindingTests {
    private static let folder = Result {
        let folder = NSTemporaryDirectory() + "herald-binding-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try TestCertificates.make(in: folder)
        try TestCertificates.add("colleague", in: folder)
        return folder
    }

    /// Sends a request to the hub's own listener, with the certificate of that name.
    private func send(
        _ port: Int,
        as name: String?,
        _ method: HTTPMethod,
        _ path: String,
        _ headers: [(String, String)],
        _ body: String = ""
    ) async throws -> (status: Int, members: [String: Any]) {
        let folder = try Self.folder.get()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(folder)/ca.pem"))
        if let name {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile("\(folder)/\(name).pem").map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(name).key", format: .pem))
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(tlsConfiguration: tls))
        defer { http.shutdown { _ in } }
        var request = HTTPClientRequest(url: "https://localhost:\(port)\(path)")
        request.method = method
        for (header, value) in headers { request.headers.add(name: header, value: value) }
        if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
        let answer = try await http.execute(request, timeout: .seconds(30))
        let bytes = Data(try await answer.body.collect(upTo: 1 << 20).readableBytesView)
        return (Int(answer.status.code), (try JSONSerialization.jsonObject(with: bytes) as? [String: Any]) ?? [:])
    }

    private func askForToken(
        _ port: Int,
        _ fixture: HubFixture,
        _ client: AssertingClient,
        as name: String?
    ) async throws -> (status: Int, members: [String: Any]) {
        let form = try client.form(client.assertion(fixture))
        let type = ("Content-Type", "application/x-www-form-urlencoded")
        return try await send(port, as: name, .POST, "/oauth2/token", [type], form)
    }

    @Test func aBoundTokenIsIssuedToAndTakenFromItsCertificateOnly() async throws {
        let folder = try Self.folder.get()
        var tls = ListenerTLS(certificate: "\(folder)/server.pem", privateKey: "\(folder)/server.key")
        tls.clientCertificates = .request
        tls.clientAuthorities = "\(folder)/ca.pem"
        let der = try #require(try NIOSSLCertificate.fromPEMFile("\(folder)/client.pem").first).toDERBytes()
        let thumbprint = ClientCertificate(der: der, subject: nil).thumbprint
        try await HubFixture.with {
            $0.tls = tls
        } _: { (fixture) async throws in
            let client = AssertingClient("bound")
            try await client.register(in: fixture) { $0.certificateThumbprints = [thumbprint] }
            try await fixture.listening { port in
                for other in [nil, "colleague"] {
                    let refused = try await askForToken(port, fixture, client, as: other)
                    #expect(refused.status == 401 && refused.members["error"] as? String == "invalid_client")
                }
                let issued = try await askForToken(port, fixture, client, as: "client")
                #expect(issued.status == 200)
                let text = try #require(issued.members["access_token"] as? String)
                let claims = try #require(Base64URL.decode(text.split(separator: ".")[1].utf8))
                #expect(String(decoding: claims, as: UTF8.self).contains(#""x5t#S256":"\#(thumbprint)""#))
                let uri = "/FHIR/R4/Immunization/\(UUID().uuidString.lowercased())"
                let bearer = [("Authorization", "Bearer \(text)")]
                #expect(try await send(port, as: nil, .GET, uri, bearer).status == 401)
                #expect(try await send(port, as: "colleague", .GET, uri, bearer).status == 401)
                // Known, and nothing there: past every check of the token.
                #expect(try await send(port, as: "client", .GET, uri, bearer).status == 404)
                // A certificate's name in a header is nobody's certificate here.
                let claimed = bearer + [("X-Client-Cert-SHA256", thumbprint)]
                #expect(try await send(port, as: nil, .GET, uri, claimed).status == 401)
            }
        }
    }
}
