import Access
import AsyncHTTPClient
import Configuration
import Crypto
import Foundation
import HTTPTypes
import HeraldTestKit
import NIOHTTP1
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOSSL
import Store
import Testing

@testable import WebAPI
@testable import herald

/// TLS and certificates of clients: A-03, A-24 (`auth.md` §7, §8).
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct TLSTests {
    private static let folder = Result {
        let folder = NSTemporaryDirectory() + "herald-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try TestCertificates.make(in: folder)
        return folder
    }

    private func tls(_ clients: ListenerTLS.ClientCertificates) throws -> ListenerTLS {
        let folder = try Self.folder.get()
        var tls = ListenerTLS(certificate: "\(folder)/server.pem", privateKey: "\(folder)/server.key")
        tls.clientCertificates = clients
        tls.clientAuthorities = clients == .off ? nil : "\(folder)/ca.pem"
        return tls
    }

    /// What the hub saw, or nil where the connection was refused.
    private func ask(
        _ port: Int,
        as client: String? = nil,
        headers: [(String, String)] = [],
        _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws -> (body: String, headers: [String: String])? {
        let folder = try Self.folder.get()
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(folder)/ca.pem"))
        if let client {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile("\(folder)/\(client).pem")
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(client).key", format: .pem))
        }
        change(&configuration)
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPClient.Configuration(tlsConfiguration: configuration)
        )
        defer { http.shutdown { _ in } }
        var request = HTTPClientRequest(url: "https://localhost:\(port)/seen")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        guard let response = try? await http.execute(request, timeout: .seconds(10)) else { return nil }
        let body = String(buffer: try await response.body.collect(upTo: 1 << 16))
        return (body, Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first })
    }

    /// A listener whose one route says which certificate the request is taken to come with.
    private func listening(
        _ clients: ListenerTLS.ClientCertificates,
        gateway: GatewayHeaders? = nil,
        _ body: (Int) async throws -> Void
    ) async throws {
        let tls = try tls(clients)
        try await HubFixture.with { fixture in
            let router = fixture.hub.edgeRouter(tls, gateway: gateway)
            router.get("seen") { _, context in
                "\(context.certificate?.thumbprint ?? "none") \(context.certificate?.subject ?? "-") \(context.sourceAddress ?? "-")"
            }
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            let server = Application(
                router: router,
                server: fixture.hub.channels(tls),
                configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
                logger: fixture.hub.logger
            )
            try await running([server]) {
                guard let port = await ports.first(where: { _ in true }) else { return }
                try await body(port)
            }
        }
    }

    private func thumbprint(of name: String) throws -> String {
        let certificate = try #require(
            try NIOSSLCertificate.fromPEMFile("\(try Self.folder.get())/\(name).pem").first
        )
        return ClientCertificate(der: try certificate.toDERBytes(), subject: nil).thumbprint
    }

    @Test func olderVersionsThanTLS12AreRefused() async throws {
        try await listening(.off) { port in
            #expect(try await ask(port)?.body.hasPrefix("none - 127.0.0.1") == true)
            let old = try await ask(port) {
                $0.minimumTLSVersion = .tlsv1; $0.maximumTLSVersion = .tlsv11
            }
            #expect(old == nil)
            #expect(try await ask(port) { $0.maximumTLSVersion = .tlsv12 } != nil)
        }
    }

    @Test func answersOverTLSTellBrowsersToStayWithIt() async throws {
        try await listening(.off) { port in
            let headers = try #require(try await ask(port)).headers
            #expect(headers["strict-transport-security"]?.hasPrefix("max-age=") == true)
            #expect(headers["x-content-type-options"] == "nosniff")
            #expect(headers["cache-control"] == "no-store")
            #expect(headers["content-security-policy"]?.contains("default-src 'none'") == true)
        }
    }

    @Test func offAsksForNoCertificateAndTakesNoneFromAHeader() async throws {
        try await listening(.off) { port in
            let seen = try await ask(
                port,
                as: "client",
                headers: [("X-Client-Cert-SHA256", try thumbprint(of: "client"))]
            )
            #expect(seen?.body.hasPrefix("none -") == true)
        }
    }

    @Test func requestChecksACertificateIfThereIsOne() async throws {
        try await listening(.request) { port in
            #expect(try await ask(port)?.body.hasPrefix("none -") == true)
            let client = try thumbprint(of: "client")
            #expect(try await ask(port, as: "client")?.body.hasPrefix("\(client) CN=herald ") == true)
            #expect(try await ask(port, as: "stranger") == nil)
        }
    }

    @Test func requireLetsNobodyThroughWithoutACertificateOfTheAuthority() async throws {
        try await listening(.require) { port in
            #expect(try await ask(port) == nil)
            #expect(try await ask(port, as: "stranger") == nil)
            let client = try thumbprint(of: "client")
            let seen = try await ask(port, as: "client", headers: [("X-Client-Cert-SHA256", "x")])
            #expect(seen?.body.hasPrefix("\(client) CN=herald ") == true)
        }
    }

    @Test func aGatewayBehindRequirePassesOnItsClients() async throws {
        var gateway = GatewayHeaders()
        gateway.certificate = HTTPField.Name("X-Client-Cert-SHA256")
        gateway.address = HTTPField.Name("X-Forwarded-For")
        try await listening(.require, gateway: gateway) { port in
            let hex = String(repeating: "0a", count: 32)
            let passed = try await ask(
                port,
                as: "client",
                headers: [("X-Client-Cert-SHA256", hex), ("X-Forwarded-For", "203.0.113.9, 198.51.100.7")]
            )
            #expect(passed?.body == "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo - 198.51.100.7")
            // A client without a certificate of its own does not get the gateway's.
            #expect(try await ask(port, as: "client")?.body.hasPrefix("none -") == true)
            let unusable = try await ask(port, as: "client", headers: [("X-Client-Cert-SHA256", "no thumbprint")])
            #expect(unusable?.body.contains("X-Client-Cert-SHA256 must hold") == true)
        }
    }

    @Test(arguments: ["0A0A", "zz", String(repeating: "0", count: 63), "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgp"])
    func whatIsNoThumbprintIsNone(text: String) {
        #expect(ClientCertificate(gatewayText: text) == nil)
    }

    @Test func operatorsHaveAListenerOfTheirOwnIfOneIsSet() async throws {
        let operators = AdminListener(
            listen: ListenAddress(host: "127.0.0.1", port: 0),
            tls: try tls(.require)
        )
        try await HubFixture.with {
            $0.admin = operators
        } _: { (fixture) async throws in
            let bearer = try await fixture.bearer("herald/admin.read", client: "operator")
            #expect(try await fixture.send(.get, "/admin/state", authorization: bearer).status == .notFound)
            #expect(try await fixture.send(.get, "/").status == .notFound)
        }
    }
}

/// The settings of the listeners.
struct EdgeSettingsTests {
    private func configuration(_ environment: [String: String]) throws -> HubConfiguration {
        let needed = ["HERALD_DATABASE_URL": "postgres://localhost/herald"]
        let reader = try SettingsReader.reader(
            flags: [:],
            environment: environment.merging(needed) { own, _ in own },
            file: nil
        )
        return try HubConfiguration(reader: reader)
    }

    @Test func ratesAreReadAsNumbersOrOff() throws {
        let limits = try configuration([
            "HERALD_RATE_CLIENT": "50/100", "HERALD_RATE_SERVICE": "off", "HERALD_RATE_TOKEN_CLIENT": "7",
        ]).rateLimits
        #expect(limits.client?.description == "50/100")
        #expect(limits.service == nil)
        #expect(limits.tokenClient?.description == "7/14")
        #expect(limits.address == RateLimits().address)
    }

    @Test(arguments: [
        (["HERALD_RATE_CLIENT": "fast"], "HERALD_RATE_CLIENT must be"),
        (["HERALD_RATE_CLIENT": "0/1"], "HERALD_RATE_CLIENT must be"),
        (["HERALD_STATUS_KEY": "short"], "HERALD_STATUS_KEY must be 16"),
        (["HERALD_TLS_CERTIFICATE": "/none.pem"], "HERALD_TLS_PRIVATE_KEY is not set"),
        (["HERALD_TLS_CERTIFICATE": "/none.pem", "HERALD_TLS_PRIVATE_KEY": "/none.key"], "names /none.pem"),
        (["HERALD_TLS_CLIENT_CERTIFICATES": "require"], "HERALD_TLS_CERTIFICATE is not set"),
        // A-03: a header is believed only behind `require`.
        (["HERALD_GATEWAY_CERTIFICATE_HEADER": "X-Cert"], "needs HERALD_TLS_CLIENT_CERTIFICATES=require"),
        (["HERALD_GATEWAY_ADDRESS_HEADER": "X-Forwarded-For"], "needs HERALD_TLS_CLIENT_CERTIFICATES=require"),
        (["HERALD_ADMIN_ADDRESS": "127.0.0.1:8480"], "HERALD_ADMIN_ADDRESS must be"),
        (["HERALD_ADMIN_CLIENT_CA": "/none.pem"], "HERALD_ADMIN_ADDRESS is not set"),
        (["HERALD_CONNECTIONS": "0"], "HERALD_CONNECTIONS must be"),
    ])
    func whatCannotBeUsedIsRefusedByName(environment: [String: String], text: String) {
        let error = #expect(throws: ConfigurationError.self) { try configuration(environment) }
        #expect(error?.description.contains(text) == true, "\(error.map(String.init(describing:)) ?? "")")
    }
}
