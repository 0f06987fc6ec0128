import Events
import Testing
import HeraldTestKit
import Vaccination

@testable import PDS

@Suite struct AnswerCacheTests {
    private let now = ContinuousClock.now

    @Test func anEntryCountsUntilItsTimeIsOver() {
        var cache = AnswerCache(capacity: 10)
        #expect(cache.lookUp(.sample(1), now: now) == .none)
        cache.enter(PatientDetails(practice: "A00001"), of: .sample(1), until: now + .seconds(1))
        cache.enter(nil, of: .sample(2), until: now + .seconds(1))
        #expect(cache.lookUp(.sample(1), now: now) == .some(.some(PatientDetails(practice: "A00001"))))
        #expect(cache.lookUp(.sample(2), now: now) == .some(.none))
        #expect(cache.lookUp(.sample(1), now: now + .seconds(1)) == .none)
    }

    @Test func theOldestMakeRoom() {
        var cache = AnswerCache(capacity: 3)
        for number in [1, 2, 3, 1, 4, 5] { cache.enter(nil, of: .sample(number), until: now + .seconds(1)) }
        let kept = (1...5).filter { cache.lookUp(.sample($0), now: now) != .none }
        #expect(kept == [1, 4, 5])
    }

    @Test func itStaysSmallHoweverOftenSomebodyIsEntered() {
        var cache = AnswerCache(capacity: 100)
        for round in 0..<20_000 { cache.enter(nil, of: .sample(round % 150), until: now + .seconds(1)) }
        #expect(cache.count == 100)
        for round in 0..<20_000 { cache.enter(nil, of: .sample(round % 7), until: now + .seconds(1)) }
        #expect(cache.count <= 100)
        #expect(cache.orderCount <= 201)
    }
}

@Suite struct RequestPaceTests {
    @Test func requestsKeepTheirDistance() {
        let now = ContinuousClock.now
        var pace = RequestPace(rate: 10, now: now)
        let places = (0..<4).map { _ in pace.take(now) - now }
        #expect(places == [.zero, .milliseconds(100), .milliseconds(200), .milliseconds(300)])
        #expect(pace.take(now + .seconds(5)) - now == .seconds(5))
    }

    @Test func pausesDoubleUntilSomethingSucceedsAndHonourTheService() {
        var now = ContinuousClock.now
        var pace = RequestPace(rate: 10, now: now)
        func pause(retryAfter: Duration? = nil) -> Duration {
            pace.failed(now, retryAfter: retryAfter)
            // What fails beside it changes nothing.
            pace.failed(now, retryAfter: .seconds(60))
            var length = Duration.zero
            while pace.isPaused(now + length) { length += .seconds(1) }
            now += length
            return length
        }
        #expect([pause(), pause(), pause()] == [.seconds(1), .seconds(2), .seconds(4)])
        #expect(pause(retryAfter: .seconds(20)) == .seconds(20))
        pace.succeeded()
        #expect(pause() == .seconds(1))
        #expect(pause(retryAfter: .seconds(100_000)) == .seconds(60))
    }
}
