import Crypto
import Foundation
import Synchronization
import Testing

@testable import Access

@Suite("Fetched key sets (A-21)")
struct KeySetCacheTests {
    private let fetcher = ScriptedFetcher()
    private let clock = ManualClock()
    private let url = "https://issuer.example/jwks"

    final class ManualClock: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        func now() -> ContinuousClock.Instant { instant.withLock { $0 } }
        func advance(by duration: Duration) { instant.withLock { $0 += duration } }
    }

    private var source: KeySource { .fetched(KeyLocation(url: url, isClientSupplied: true)) }

    private func cache() -> KeySetCache { KeySetCache(fetcher: fetcher, now: clock.now) }

    private func set(_ kids: String...) -> String {
        "{\"keys\":[\(kids.map { AssertionForge.rsaKey(kid: $0) }.joined(separator: ","))]}"
    }

    private func knows(_ kid: String, _ cache: KeySetCache) async throws -> Bool {
        try await cache.key(kid, for: .rs512, from: source) != nil
    }

    @Test("A-21: fetched once an hour")
    func setsAreKept() async throws {
        fetcher.answer(url, set("a"))
        let cache = cache()
        for _ in 0..<3 { #expect(try await knows("a", cache)) }
        clock.advance(by: .seconds(3599))
        #expect(try await knows("a", cache))
        #expect(fetcher.requests.count == 1)
        clock.advance(by: .seconds(1))
        #expect(try await knows("a", cache))
        #expect(fetcher.requests.count == 2)
    }

    @Test("A-21: max-age between 5 minutes and a day", arguments: [(1, 300), (600, 600), (999_999, 86_400), (-5, 300)])
    func maxAgeIsBounded(maxAge: Int, life: Int) {
        var age = KeySetAge()
        let start = clock.now()
        age.succeeded(at: start, maxAge: maxAge)
        #expect(!age.mustFetch(knows: true, at: start + .seconds(life - 1)))
        #expect(age.mustFetch(knows: true, at: start + .seconds(life)))
    }

    @Test("A-21, §14: an unknown kid makes one fetch a minute")
    func unknownKeysFetchOnceAMinute() async throws {
        fetcher.answer(url, set("a"))
        let cache = cache()
        #expect(try await knows("a", cache))
        for number in 0..<50 { #expect(try await !knows("unknown-\(number)", cache)) }
        #expect(fetcher.requests.count == 1)
        clock.advance(by: .seconds(60))
        fetcher.answer(url, set("a", "b"))
        for _ in 0..<50 { #expect(try await knows("b", cache)) }
        #expect(try await !knows("c", cache))
        #expect(fetcher.requests.count == 2)
    }

    @Test("A-21: many at once make one fetch")
    func fetchesAreShared() async throws {
        fetcher.answer(url, set("a"))
        fetcher.delay.withLock { $0 = .milliseconds(50) }
        let cache = cache()
        let found = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { try await knows("a", cache) } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(found == 40 && fetcher.requests.count == 1)
    }

    @Test("A-21, §14: a set whose server is down counts for a day and no longer")
    func staleSetsCountForADay() async throws {
        fetcher.answer(url, set("a"))
        let cache = cache()
        #expect(try await knows("a", cache))
        fetcher.fail(url)
        clock.advance(by: .seconds(23 * 3600))
        #expect(try await knows("a", cache))
        #expect(try await knows("a", cache))
        #expect(fetcher.requests.count == 2, "tried again once a minute, not for each request")
        clock.advance(by: .seconds(3600))
        await #expect(throws: KeyFetchError.unreachable) { try await knows("a", cache) }
        fetcher.answer(url, set("b"))
        clock.advance(by: .seconds(5))
        #expect(try await knows("b", cache))
    }

    @Test("A-04: no keys at all is a refusal, and a hanging server is asked once in five seconds")
    func noKeysIsARefusal() async throws {
        fetcher.fail(url, .status(503))
        let cache = cache()
        for _ in 0..<10 { await #expect(throws: KeyFetchError.status(503)) { try await knows("a", cache) } }
        #expect(fetcher.requests.count == 1)
    }

    @Test(
        "A-11: a set that repeats a member or holds a private key is not taken",
        arguments: [
            #"{"keys":[],"keys":[]}"#, #"{"keys":7}"#, "[]", "", #"{"keys":[{"kty":"RSA","kid":"a","d":"AQAB"}]}"#,
            #"{"keys":[{"kty":"oct","kid":"a","k":"AQAB"}]}"#,
        ]
    )
    func uselessDocumentsAreRefused(json: String) async throws {
        fetcher.answer(url, json)
        await #expect(throws: KeyFetchError.content) { try await knows("a", cache()) }
    }

    @Test("A-10: of a set only usable keys count, and of two of one name none")
    func keysOfNoUseAreLeftOut() throws {
        let ec = P384.Signing.PrivateKey()
        let json = """
            {"keys":[\(AssertionForge.rsaKey(kid: "a")),\(AssertionForge.ecKey(ec, kid: "b")),
            \(AssertionForge.rsaKey(kid: "twice")),\(AssertionForge.ecKey(ec, kid: "twice")),
            {"kty":"EC","crv":"P-256","kid":"c","x":"AA","y":"AA"},{"kty":"OKP","kid":"d"},{"kty":"RSA","n":"AQAB","e":"AQAB"}]}
            """
        let set = try PublicKeySet(json: Array(json.utf8))
        #expect(set.keyIDs == ["a", "b"] && set.problems.count == 4)
        #expect(set.key("a", for: .rs256) != nil && set.key("a", for: .es384) == nil)
        #expect(set.key("b", for: .es384) != nil && set.key("b", for: .rs512) == nil)
    }

    @Test("§8: an issuer's metadata lead to its keys, and only its own do")
    func metadataLeadToTheKeys() async throws {
        let metadata = "https://issuer.example/.well-known/openid-configuration"
        let issuer = "https://issuer.example"
        let location = KeyLocation(url: metadata, form: .metadata(issuer: issuer), isClientSupplied: false)
        fetcher.answer(metadata, #"{"issuer":"\#(issuer)","jwks_uri":"\#(url)"}"#)
        fetcher.answer(url, set("a"))
        #expect(try await cache().key("a", for: .rs512, from: .fetched(location)) != nil)
        fetcher.answer(metadata, #"{"issuer":"https://evil.example","jwks_uri":"\#(url)"}"#)
        await #expect(throws: KeyFetchError.content) {
            try await cache().key("a", for: .rs512, from: .fetched(location))
        }
    }
}
