import Events
import Foundation
import HTTPTypes
import HeraldTestKit
import Hummingbird
import HummingbirdTesting
import JWTKit
import Logging
import Synchronization
import Testing
import Vaccination

@testable import PDS

/// Application-restricted access: the hub gets its tokens by itself (`auth.md` §2).
@Suite(.timeLimit(.minutes(1))) struct OwnTokenTests {
    private let one = NHSNumber.sample(1)
    private let two = NHSNumber.sample(2)

    @Test func theAssertionIsWhatTheTokenServiceAsksFor() async throws {
        let service = try SampleTokenService()
        try await service.withDirectory { [one] directory, url in
            let found = try await directory.details(of: [one])
            #expect(found.count == 1)
            let asked = try #require(service.requests.first)
            #expect(asked.contentType == "application/x-www-form-urlencoded")
            #expect(asked.form["grant_type"] == "client_credentials")
            #expect(
                asked.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            )
            let assertion = try #require(asked.form["client_assertion"])
            let header = try SampleTokenService.part(0, of: assertion)
            #expect(header["alg"] as? String == "RS512")
            #expect((header["typ"] as? String)?.uppercased() == "JWT")
            #expect(header["kid"] as? String == "key-1")
            let claims = try await service.verify(assertion)
            #expect(claims.iss == "api-key" && claims.sub == "api-key" && claims.aud == "\(url)/oauth2/token")
            let ahead = TimeInterval(claims.exp) - Date().timeIntervalSince1970
            #expect(ahead > 180 && ahead <= 300)
            #expect(UUID(uuidString: claims.jti) != nil)
        }
    }

    @Test func aTokenIsAskedForOnceAndKept() async throws {
        let service = try SampleTokenService()
        try await service.withDirectory { directory, _ in
            let patients = Set((1...20).map { NHSNumber.sample($0) })
            let found = try await directory.details(of: patients)
            #expect(found.count == 20)
            #expect(service.requests.count == 1)
            #expect(service.seen == ["Bearer token-1"])
        }
    }

    @Test func aTokenThatIsAboutToEndIsReplacedAndTheAssertionIsNew() async throws {
        let service = try SampleTokenService()
        service.lifetime.withLock { $0 = "2" }
        try await service.withDirectory { [one, two] directory, _ in
            _ = try await directory.details(of: [one])
            try await Task.sleep(for: .milliseconds(1100))
            _ = try await directory.details(of: [two])
            let used = try service.requests.map {
                try SampleTokenService.part(1, of: $0.form["client_assertion"] ?? "")
            }
            #expect(Set(used.map { $0["jti"] as? String }).count == 2)
            #expect(service.seen == ["Bearer token-1", "Bearer token-2"])
        }
    }

    @Test func aTokenThatIsRefusedIsGivenUp() async throws {
        let service = try SampleTokenService()
        try await service.withDirectory { [one, two] directory, _ in
            _ = try await directory.details(of: [one])
            service.revoked.withLock { $0 = "Bearer token-1" }
            await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: [two]) }
            try await eventually { (try? await directory.details(of: [two]))?.count == 1 }
            #expect(service.seen.contains("Bearer token-2"))
        }
    }

    @Test func aRefusalSaysWhatToLookAt() async throws {
        let service = try SampleTokenService()
        service.refusal.withLock { $0 = #"{"error":"invalid_request","error_description":"Invalid 'kid' header"}"# }
        try await service.withDirectory { [one] directory, _ in
            let error = await #expect(throws: DirectoryIncomplete.self) { try await directory.details(of: [one]) }
            let text = error?.description ?? ""
            #expect(text.contains("401") && text.contains("Invalid 'kid' header") && text.contains("HERALD_PDS_KEY_ID"))
        }
    }

    /// What `herald doctor` does.
    @Test func theProbeSaysWhetherTheServiceAnswers() async throws {
        let service = try SampleTokenService()
        try await service.withServer { configuration in
            try await PDSProbe(configuration).run()
            service.refusal.withLock { $0 = "{}" }
            await #expect(throws: PDSUnavailable.self) { try await PDSProbe(configuration).run() }
        }
    }
}

/// A local server that is both the token service and the Personal Demographics Service.
private final class SampleTokenService: Sendable {
    struct Request: Sendable {
        let contentType: String?
        let form: [String: String]
    }

    struct Claims: JWTPayload {
        let iss, sub, aud, jti: String
        let exp: Int
        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    /// What `expires_in` says; NHS England writes it as text.
    let lifetime = Mutex("599")
    let refusal = Mutex<String?>(nil)
    /// A token that is answered with 401.
    let revoked = Mutex<String?>(nil)
    private let taken = Mutex<[Request]>([])
    private let tokens = Mutex<[String]>([])
    private let pem: String

    var requests: [Request] { taken.withLock(\.self) }
    /// The Authorization headers that came, each once, in order.
    var seen: [String] { tokens.withLock(\.self) }

    init() throws {
        pem = try String(contentsOfFile: Self.keyFile.path, encoding: .utf8)
    }

    /// An RSA key, made once: it takes a while.
    private static let keyFile: URL = {
        let file = FileManager.default.temporaryDirectory.appending(path: "herald-pds-\(UUID().uuidString).pem")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl", "genrsa", "-out", file.path, "2048"]
        process.standardError = FileHandle.nullDevice
        try? process.run()
        process.waitUntilExit()
        return file
    }()

    static func part(_ number: Int, of token: String) throws -> [String: Any] {
        let parts = token.split(separator: ".")
        var text = parts.indices.contains(number) ? String(parts[number]) : ""
        text = text.replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        let data = try #require(Data(base64Encoded: text))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    func verify(_ assertion: String) async throws -> Claims {
        let keys = await JWTKeyCollection().add(rsa: try Insecure.RSA.PrivateKey(pem: pem), digestAlgorithm: .sha512)
        return try await keys.verify(assertion, as: Claims.self)
    }

    func withDirectory(_ body: @escaping @Sendable (PDSDirectory, String) async throws -> Void) async throws {
        try await withServer { configuration in
            let directory = PDSDirectory(configuration: configuration, logger: .silent)
            try await running([directory]) {
                try await eventually { await directory.isRunning }
                try await body(directory, String(configuration.baseURL.dropLast(3)))
            }
        }
    }

    func withServer(_ body: @escaping @Sendable (PDSConfiguration) async throws -> Void) async throws {
        let router = Router()
        router.post("/oauth2/token") { request, _ in
            let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
            let pairs = text.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            let form = Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1].removingPercentEncoding ?? "") })
            let count = self.taken.withLock { taken in
                taken.append(Request(contentType: request.headers[.contentType], form: form))
                return taken.count
            }
            if let refusal = self.refusal.withLock(\.self) {
                return Response(status: .unauthorized, body: .init(byteBuffer: .init(string: refusal)))
            }
            let answer = #"{"access_token":"token-\#(count)","expires_in":"\#(self.lifetime.withLock(\.self))"}"#
            return Response(status: .ok, body: .init(byteBuffer: .init(string: answer)))
        }
        router.get("/R4/Patient/:id") { request, context in
            let header = request.headers[.authorization] ?? ""
            self.tokens.withLock { if $0.last != header { $0.append(header) } }
            guard header != self.revoked.withLock(\.self) else { return Response(status: .unauthorized) }
            let number = NHSNumber(try context.parameters.require("id"))
            let body = number.map { SamplePDS.patient($0) } ?? ""
            return Response(status: .ok, body: .init(byteBuffer: .init(string: body)))
        }
        var logger = Logger(label: "pds")
        logger.logLevel = .critical
        let pem = pem
        try await Application(router: router, logger: logger).test(.live) { server in
            let base = "http://127.0.0.1:\(server.port ?? 0)"
            var configuration = PDSConfiguration(baseURL: base + "/R4")
            configuration.rate = 1000
            configuration.token = .own(
                try PDSCredentials(
                    tokenURL: base + "/oauth2/token",
                    clientID: "api-key",
                    keyID: "key-1",
                    privateKey: pem
                )
            )
            try await body(configuration)
        }
    }
}
