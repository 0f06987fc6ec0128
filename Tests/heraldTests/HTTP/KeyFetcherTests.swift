import Access
import HTTPTypes
import HeraldTestKit
import Hummingbird
import Logging
import NIOCore
import Outbound
import Testing

@testable import herald

/// Key sets over HTTP: A-21, with a server of its own.
@Suite("Fetching key sets (A-21)", .timeLimit(.minutes(1)))
struct KeyFetcherTests {
    private let fetcher = KeyFetcher(policy: .development, patience: .seconds(30))

    /// Lends the address of a server with documents that are good and bad.
    private func withServer(_ body: (String) async throws -> Void) async throws {
        let router = Router()
        router.get("good") { _, _ in
            Response(
                status: .ok,
                headers: [.cacheControl: "public, max-age=900"],
                body: .init(byteBuffer: ByteBuffer(string: #"{"keys":[]}"#))
            )
        }
        router.get("redirect") { _, _ in Response(status: .found, headers: [.location: "/good"]) }
        router.get("large") { _, _ in
            Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 0x20, count: 64 * 1024 + 1)))
        }
        router.get("slow") { _, _ in
            Response(
                status: .ok,
                body: .init { writer in
                    for _ in 0..<600 {
                        try await writer.write(ByteBuffer(string: " "))
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try await writer.finish(nil)
                }
            )
        }
        let port = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.continuation.yield($0.localAddress?.port ?? 0) },
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let number = try #require(await port.stream.first { _ in true })
            try await body("http://127.0.0.1:\(number)")
            group.cancelAll()
        }
    }

    @Test("A-21: 200 within 64 KiB; no redirects, nothing larger, nothing slower")
    func answersAreBounded() async throws {
        try await withServer { base in
            let document = try await fetcher.fetch(base + "/good", isClientSupplied: true)
            #expect(document.maxAge == 900 && document.bytes == Array(#"{"keys":[]}"#.utf8))
            for (path, error) in [
                ("/redirect", KeyFetchError.status(302)), ("/large", .tooLarge), ("/none", .status(404)),
            ] {
                await #expect(throws: error) { try await fetcher.fetch(base + path, isClientSupplied: true) }
            }
            let hasty = KeyFetcher(policy: .development, patience: .seconds(1))
            await #expect(throws: KeyFetchError.unreachable) {
                try await hasty.fetch(base + "/slow", isClientSupplied: true)
            }
        }
    }

    @Test("A-21: plain http in development only, and to this machine only")
    func plainHTTPIsForDevelopment() async throws {
        try await withServer { base in
            let strict = KeyFetcher(policy: AddressPolicy())
            await #expect(throws: KeyFetchError.address) {
                try await strict.fetch(base + "/good", isClientSupplied: false)
            }
        }
        for url in [
            "http://192.0.2.1/jwks", "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "https:///x",
            "https://a@127.0.0.1/",
        ] {
            await #expect(throws: KeyFetchError.address) { try await fetcher.fetch(url, isClientSupplied: false) }
        }
    }

    @Test(
        "A-21, §14: no request into a private network for a client, whatever the address is called",
        arguments: [
            "127.0.0.1", "localhost", "2130706433", "0x7f.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]",
            "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]",
            "[3fff::1]",
        ]
    )
    func privateAddressesAreRefused(host: String) async {
        let strict = KeyFetcher(policy: AddressPolicy())
        await #expect(throws: KeyFetchError.privateAddress) {
            try await strict.fetch("https://\(host)/jwks", isClientSupplied: true)
        }
    }
}

extension AddressPolicy {
    /// That of HERALD_DEVELOPMENT.
    fileprivate static var development: Self {
        var policy = Self()
        policy.isDevelopment = true
        return policy
    }
}
