import Access
import AsyncHTTPClient
import Foundation
import HTTPTypes
import HeraldTestKit
import NIOHTTP1
import NIOCore
import HummingbirdTesting
import Store
import Synchronization
import Testing

@testable import WebAPI
@testable import herald

/// How often requests are taken: Q-130 (`immunisation-history.md` §10).
struct RateLimitTests {
    private static let start = ContinuousClock.now

    @Test func aBucketGivesItsBurstAtOnceAndThenItsRate() throws {
        var buckets = TokenBuckets<String>()
        let limit = try #require(RateLimit(perSecond: 20, burst: 40))
        for _ in 0..<40 {
            #expect(buckets.wait("a", limit, now: Self.start) == nil)
            buckets.take("a", limit, now: Self.start)
        }
        let wait = try #require(buckets.wait("a", limit, now: Self.start))
        #expect(wait == .milliseconds(50))
        #expect(buckets.wait("b", limit, now: Self.start) == nil)
        #expect(buckets.wait("a", limit, now: Self.start + wait) == nil)
    }

    @Test(arguments: [1, 2, 3])
    func takesNeverMoreThanTheBurstAndTheRateAllow(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var buckets = TokenBuckets<Int>()
        let limit = try #require(RateLimit(perSecond: 7, burst: 11))
        var now = Self.start
        var taken = 0
        for _ in 0..<5000 {
            now += .milliseconds(Int.random(in: 0...100, using: &random))
            if buckets.wait(1, limit, now: now) == nil {
                buckets.take(1, limit, now: now)
                taken += 1
            }
            #expect(Double(taken) <= 11 + (now - Self.start) / .seconds(1) * 7 + 0.001)
        }
        #expect(Double(taken) >= (now - Self.start) / .seconds(1) * 7 - 1)
    }

    @Test func memoryIsBoundedHoweverManyAddressesAsk() throws {
        var buckets = TokenBuckets<Int>(capacity: 100)
        let limit = try #require(RateLimit(perSecond: 1, burst: 1))
        for key in 0..<10_000 { buckets.take(key, limit, now: Self.start) }
        #expect(buckets.count <= 100)
    }

    @Test func whatExceedsAClientsLimitTakesNothingOfTheServices() throws {
        var limits = RateLimits.none
        limits.client = RateLimit(perSecond: 1, burst: 2)
        limits.service = RateLimit(perSecond: 1, burst: 3)
        let limiter = RateLimiter(limits: limits, now: { Self.start })
        let (flood, other) = (try #require(ClientID("flood")), try #require(ClientID("other")))
        for _ in 0..<2 { try limiter.admit(client: flood, own: nil) }
        for _ in 0..<100 {
            #expect(throws: HubError.self) { try limiter.admit(client: flood, own: nil) }
        }
        try limiter.admit(client: other, own: nil)
        // Now the whole service has had its three.
        #expect(throws: HubError.self) { try limiter.admit(client: other, own: nil) }
    }

    @Test func aClientsRegistrationGoesBeforeTheDefault() throws {
        let limiter = RateLimiter(limits: RateLimits(), now: { Self.start })
        let client = try #require(ClientID("slow"))
        try limiter.admit(client: client, own: RateLimit(perSecond: 1, burst: 1))
        #expect(throws: HubError.self) { try limiter.admit(client: client, own: RateLimit(perSecond: 1, burst: 1)) }
    }

    @Test func theDefaultsAreThoseOfThePage() {
        let limits = RateLimits()
        #expect(limits.client?.description == "20/40")
        #expect(limits.service?.description == "100/200")
        #expect(limits.tokenClient?.perSecond == 5)
        #expect(limits.tokenAddress?.perSecond == 20)
    }

    @Test func theTokenEndpointHasBucketsOfItsOwn() throws {
        let limiter = RateLimiter(limits: RateLimits(), now: { Self.start })
        let client = try #require(ClientID("asker"))
        for _ in 0..<10 { try limiter.admitToken(client: client) }
        #expect(throws: HubError.self) { try limiter.admitToken(client: client) }
        try limiter.admit(client: client, own: nil)
        for _ in 0..<40 { try limiter.admitToken(address: "192.0.2.1") }
        #expect(throws: HubError.self) { try limiter.admitToken(address: "192.0.2.1") }
        try limiter.admitToken(address: "192.0.2.2")
        try limiter.admit(address: "192.0.2.1")
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "20:1:d:b8:0:1:0:2"), ("2001:db8:1:2:ffff::1", "20:1:d:b8:0:1:0:2"),
    ])
    func addressesOfOneCustomerAreOneSource(address: String, key: String) {
        #expect(AddressKey.of(address) == key)
    }
}

/// The same over HTTP.
@Suite(.scratchDatabase(migrations: SchemaMigrations.all), .timeLimit(.minutes(2)))
struct RateLimitEndpointTests {
    /// Limits that a machine exceeds however slow it is.
    private static let slow: @Sendable (inout HubConfiguration) -> Void = { configuration in
        configuration.rateLimits.client = RateLimit(perSecond: 1, burst: 5)
        configuration.rateLimits.address = RateLimit(perSecond: 1, burst: 5)
    }

    private static let limited: @Sendable (inout HubConfiguration) -> Void = { $0.rateLimits = RateLimits() }

    @Test func aClientThatAsksTooOftenIsToldWhenToComeBackAndOthersAreNot() async throws {
        try await HubFixture.with(Self.slow) { fixture in
            let (flood, other) = (try await fixture.bearer(client: "flood"), try await fixture.bearer(client: "other"))
            var refused: TestResponse?
            for _ in 0..<200 where refused == nil {
                let answer = try await fixture.send(.get, "/feeds", authorization: flood)
                if answer.status == .tooManyRequests { refused = answer }
            }
            let answer = try #require(refused)
            #expect(answer.headers[.retryAfter] == "1")
            #expect(answer.headers[.contentType] == "application/fhir+json")
            let body = String(buffer: answer.body)
            #expect(body.contains("\"throttled\"") && body.contains("TOO_MANY_REQUESTS"))
            #expect(try await fixture.send(.get, "/feeds", authorization: other).status == .ok)
        }
    }

    @Test func aClientsOwnLimitIsKept() async throws {
        try await HubFixture.with(Self.limited) { fixture in
            let bearer = try await fixture.bearer(client: "small")
            try await fixture.hub.store.update(ClientID("small")!, by: "test") {
                $0.rateLimit = RateLimit(perSecond: 1, burst: 2)
            }
            var statuses: [Int] = []
            for _ in 0..<4 {
                statuses.append(try await fixture.send(.get, "/feeds", authorization: bearer).status.code)
            }
            #expect(statuses.contains(429))
        }
    }

    @Test func anAddressThatShowsBadTokensIsRefusedBeforeTheyAreLookedAt() async throws {
        try await HubFixture.with(Self.slow) { fixture in
            var statuses: [Int] = []
            for _ in 0..<60 {
                statuses.append(try await fixture.send(.get, "/feeds", authorization: "Bearer x.y.z").status.code)
            }
            #expect(statuses.first == 401)
            #expect(statuses.contains(429))
        }
    }

    @Test func healthIsExemptAndWhatIsOpenIsNot() async throws {
        try await HubFixture.with(Self.slow) { fixture in
            var open: [Int] = []
            var health: [Int] = []
            for _ in 0..<80 {
                open.append(try await fixture.send(.get, "/FHIR/R4/metadata").status.code)
                health.append(try await fixture.send(.get, "/_ping").status.code)
            }
            #expect(open.first == 200 && open.contains(429))
            #expect(health.allSatisfy { $0 == 200 })
        }
    }

    /// The other is never refused, and always answered, while hundreds of the flood's requests are turned away.
    @Test func aFloodingClientLeavesAnothersAnswersAsTheyAre() async throws {
        try await HubFixture.with(Self.limited) { fixture in
            let (flood, other) = (try await fixture.bearer(client: "flood"), try await fixture.bearer(client: "other"))
            try await fixture.listening { port in
                let throttled = Counter()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            while !Task.isCancelled {
                                if try await Self.get(port, flood) == 429 { throttled.add(1) }
                            }
                        }
                    }
                    var answers: [Int] = []
                    for round in 1...20 {
                        answers.append(try await Self.get(port, other))
                        try await eventually { throttled.value > round * 10 }
                    }
                    group.cancelAll()
                    #expect(answers.allSatisfy { $0 == 200 })
                    while let result = await group.nextResult() {
                        if case .failure(let error) = result, !(error is CancellationError), !(error is HTTPClientError)
                        {
                            throw error
                        }
                    }
                }
            }
        }
    }

    private static func get(_ port: Int, _ authorization: String) async throws -> Int {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/feeds")
        request.headers.add(name: "Authorization", value: authorization)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        _ = try await response.body.collect(upTo: 1 << 20)
        return Int(response.status.code)
    }
}
