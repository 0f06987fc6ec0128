import NIOCore
import NIOHTTP1
import Outbound
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct OutboundClientTests {
    private static let accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

    private func post(
        _ url: String,
        _ client: OutboundClient,
        _ policy: AddressPolicy,
        timeout: Duration = .seconds(10)
    ) async throws -> Result<Int, OutboundError> {
        let request = OutboundRequest(.POST, try EndpointURL(url, policy: policy), body: ByteBuffer(string: "{}"))
        do throws(OutboundError) {
            return .success(try await client.send(request, policy: policy, timeout: timeout).status)
        } catch {
            return .failure(error)
        }
    }

    /// Plain HTTP and every port, but no address that D-73 refuses save those named.
    private func policy(opening networks: String...) -> AddressPolicy {
        var policy = AddressPolicy()
        policy.isDevelopment = true
        return policy.reopening(networks.compactMap { IPNetwork($0) })
    }

    /// A production policy that a test can use without TLS would be none: so names are looked up, and the port is opened.
    private func strict(_ port: Int, opening networks: String...) -> AddressPolicy {
        var policy = AddressPolicy()
        policy.ports = [port]
        return policy.reopening(networks.compactMap { IPNetwork($0) })
    }

    @Test func usesAConnectionAgain() async throws {
        let listener = try await Listener(answer: .text(Self.accepted))
        let client = try OutboundClient(resolver: ScriptedResolver(["127.0.0.1"], []))
        for _ in 0..<3 {
            let outcome = try await post("http://hooks.example:\(listener.port)/", client, policy())
            #expect(outcome == .success(202))
        }
        #expect(listener.seen.connections == 1)
        try await listener.close()
    }

    /// T-13, D-74: a redirect is an answer, and nobody connects to where it points.
    @Test("T-13: a redirect to a private address is not followed") func redirectsAreNotFollowed() async throws {
        let target = try await Listener(answer: .text(Self.accepted))
        let answer = "HTTP/1.1 307 See\r\nLocation: http://127.0.0.1:\(target.port)/\r\nContent-Length: 0\r\n\r\n"
        let listener = try await Listener(answer: .text(answer))
        let client = try OutboundClient()
        #expect(try await post("http://127.0.0.1:\(listener.port)/", client, policy()) == .success(307))
        #expect(target.seen.connections == 0)
        try await listener.close()
        try await target.close()
    }

    /// T-14, D-72: each connection's look-up is the one whose addresses are judged and used.
    @Test("T-14: a name that turns to a private address is not connected to") func rebindingIsRefused() async throws {
        // 127.0.0.2, opened by the operator, stands for the public address.
        let honest = try await Listener(
            host: "127.0.0.2",
            answer: .last("HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n")
        )
        let inside = try await Listener(host: "127.0.0.1", port: honest.port, answer: .text(Self.accepted))
        let client = try OutboundClient(resolver: ScriptedResolver(["127.0.0.2"], ["127.0.0.1"]))
        let url = "https://hooks.example:\(honest.port)/"
        let policy = strict(honest.port, opening: "127.0.0.2/32")
        // The listener speaks no TLS: that it was connected to is what counts.
        #expect(try await post(url, client, policy) == .failure(.noResponse))
        #expect(honest.seen.connections == 1)
        #expect(try await post(url, client, policy) == .failure(.denied))
        #expect(inside.seen.connections == 0)
        try await honest.close()
        try await inside.close()
    }

    @Test(
        "T-14: one private address among several, however it is written, is enough to refuse",
        arguments: [
            ["127.0.0.2", "127.0.0.1"], ["127.0.0.2", "::ffff:10.0.0.1"], ["64:ff9b::a00:1", "127.0.0.2"],
            ["::ffff:127.0.0.1"], ["169.254.169.254"],
        ]
    )
    func oneBadAddressIsEnough(addresses: [String]) async throws {
        let listener = try await Listener(host: "0.0.0.0", answer: .text(Self.accepted))
        let client = try OutboundClient(resolver: ScriptedResolver(addresses))
        let policy = strict(listener.port, opening: "127.0.0.2/32")
        #expect(try await post("https://hooks.example:\(listener.port)/", client, policy) == .failure(.denied))
        #expect(listener.seen.connections == 0)
        try await listener.close()
    }

    /// A connection that waits is used only as long as its address is allowed.
    @Test func anAddressIsJudgedAgainBeforeAConnectionIsUsedAgain() async throws {
        let listener = try await Listener(answer: .text(Self.accepted))
        let client = try OutboundClient(resolver: ScriptedResolver(["127.0.0.1"]))
        let url = "http://hooks.example:\(listener.port)/"
        #expect(try await post(url, client, policy()) == .success(202))
        let request = OutboundRequest(.POST, try EndpointURL(url, policy: policy()), body: ByteBuffer(string: "{}"))
        await #expect(throws: OutboundError.denied) {
            try await client.send(request, policy: AddressPolicy(), timeout: .seconds(5))
        }
        try await listener.close()
    }

    @Test func aNameThatDoesNotExistIsNotResolved() async throws {
        let client = try OutboundClient(resolver: ScriptedResolver([]))
        #expect(try await post("http://hooks.example/", client, policy()) == .failure(.notResolved))
        #expect(await SystemResolver().addresses(of: "does-not-exist.invalid").isEmpty)
        #expect(await SystemResolver().addresses(of: "localhost").allSatisfy(\.isLoopback))
    }

    @Test(
        "T-15: an answer by the drop, one without end and a header of a megabyte end in time",
        arguments: [
            (
                Listener.Answer.endless("HTTP/1.1 202 Accepted\r\n\r\n", piece: "x", pause: 50),
                Result<Int, OutboundError>.success(202)
            ),
            (
                .endless("HTTP/1.1 202 Accepted\r\n\r\n", piece: String(repeating: "x", count: 65_536), pause: 0),
                .success(202)
            ),
            (
                .endless("HTTP/1.1 202 Accepted\r\nX: ", piece: String(repeating: "x", count: 65_536), pause: 0),
                .failure(.noResponse)
            ),
            (.endless("HTTP/1.1 202 Accepted\r\n", piece: "X: y\r\n", pause: 0), .failure(.noResponse)),
            (.endless("", piece: "HTTP/1.1 100 Continue\r\n\r\n", pause: 1), .failure(.noResponse)),
            (.endless("HTTP/1.1 202 Acc", piece: "e", pause: 50), .failure(.noResponse)),
            (.text("not HTTP at all\r\n\r\n"), .failure(.noResponse)), (.last(""), .failure(.noResponse)),
        ]
    )
    func hostileAnswersEndInTime(answer: Listener.Answer, expected: Result<Int, OutboundError>) async throws {
        let listener = try await Listener(answer: answer)
        let client = try OutboundClient()
        let start = ContinuousClock.now
        #expect(
            try await post("http://127.0.0.1:\(listener.port)/", client, policy(), timeout: .seconds(1)) == expected
        )
        #expect(ContinuousClock.now - start < .seconds(15))
        try await listener.close()
    }

    @Test("T-15: memory stays flat however much an endpoint answers") func memoryStaysFlat() async throws {
        let piece = String(repeating: "x", count: 65_536)
        let listener = try await Listener(answer: .endless("HTTP/1.1 202 Accepted\r\n\r\n", piece: piece, pause: 0))
        let client = try OutboundClient()
        let url = "http://127.0.0.1:\(listener.port)/"
        for _ in 0..<20 { _ = try await post(url, client, policy()) }
        let before = try residentKilobytes()
        for _ in 0..<200 { #expect(try await post(url, client, policy()) == .success(202)) }
        // Other suites run in this process; an answer that is kept would be gigabytes.
        #expect(try residentKilobytes() - before < 256_000)
        try await listener.close()
    }

    private func residentKilobytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return try #require(line?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    @Test func anIdleConnectionThatTheEndpointClosedIsNoFailure() async throws {
        let listener = try await Listener(answer: .last(Self.accepted))
        let client = try OutboundClient()
        for _ in 0..<5 {
            #expect(try await post("http://127.0.0.1:\(listener.port)/", client, policy()) == .success(202))
        }
        try await listener.close()
    }
}
